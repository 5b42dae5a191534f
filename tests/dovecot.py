"""A real IMAP server of a test run's own: Dovecot as an ordinary process on high ports.

Mails arrive through LMTP as they would from a mail server; ``doveadm`` moves them as a person
would in a mail program.
"""

import json
import os
import shutil
import smtplib
import subprocess
import tempfile
import threading
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

from tests.services import free_port, need, wait_until

_CONF = """
base_dir = {dir}/run
state_dir = {dir}/state
instance_name = inhands-test
default_login_user = {user}
default_internal_user = {user}
default_internal_group = {group}
protocols = imap lmtp
listen = 127.0.0.1
ssl = yes
ssl_cert = <{dir}/ssl/cert.pem
ssl_key = <{dir}/ssl/key.pem
log_path = {dir}/dovecot.log
auth_mechanisms = plain login xoauth2 oauthbearer
auth_failure_delay = 0
disable_plaintext_auth = no
default_process_limit = 50
mail_location = maildir:~/Maildir
mail_fsync = never
mail_home = {dir}/home/%n
mail_uid = {user}
mail_gid = {group}
first_valid_uid = 1
first_valid_gid = 1
imap_idle_notify_interval = 1 mins
namespace inbox {{
  inbox = yes
  separator = /
}}
passdb {{
  driver = static
  args = password=secret
  mechanisms = plain login
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {dir}/oauth.conf
}}
userdb {{
  driver = static
  args = allow_all_users=yes uid={user} gid={group} home={dir}/home/%n
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
service auth {{
  unix_listener auth-userdb {{
    mode = 0666
  }}
}}
"""
_OAUTH = """
introspection_mode = post
introspection_url = {url}/introspect
username_attribute = username
active_attribute = active
active_value = true
"""


class Dovecot:
    """The server: ``deliver`` puts mails into a user's INBOX, ``move`` plays the person."""

    def __init__(self, oauth: "TokenServer | None" = None) -> None:
        self.program, self.admin = need("dovecot"), need("doveadm")
        self.host, self.password = "127.0.0.1", "secret"
        self.imap, self.imaps, self.lmtp = free_port(), free_port(), free_port()
        self.home = Path(tempfile.mkdtemp(prefix="inhands-dovecot-", dir="/tmp"))
        self.conf = self.home / "dovecot.conf"
        self.certificate = self.home / "ssl" / "cert.pem"
        self._oauth = oauth
        self._server: subprocess.Popen | None = None

    def __enter__(self) -> "Dovecot":
        user, group = ("nobody", "nogroup") if os.geteuid() == 0 else _who_i_am()
        for folder in ("run", "state", "ssl", "home"):
            (self.home / folder).mkdir()
        subprocess.run(
            [
                "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                "-keyout", "key.pem", "-out", "cert.pem", "-subj", "/CN=127.0.0.1",
                "-addext", "subjectAltName=IP:127.0.0.1",
            ],
            cwd=self.home / "ssl", check=True, capture_output=True,
        )  # fmt: skip
        url = self._oauth.url if self._oauth else "http://127.0.0.1:9"
        (self.home / "oauth.conf").write_text(_OAUTH.format(url=url))
        self.conf.write_text(
            _CONF.format(
                dir=self.home, user=user, group=group,
                imap=self.imap, imaps=self.imaps, lmtp=self.lmtp,
            )
        )  # fmt: skip
        command = [self.program, "-F", "-c", str(self.conf)]
        if os.geteuid() == 0:
            for path in (self.home, *self.home.rglob("*")):
                shutil.chown(path, user, group)
            command = ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", *command]
        self._server = subprocess.Popen(command, cwd="/tmp", stderr=subprocess.DEVNULL)
        wait_until(self._answers, f"Dovecot's first answer (see {self.home}/dovecot.log)", 20)
        return self

    def __exit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.terminate()
            self._server.wait(10)
        shutil.rmtree(self.home, ignore_errors=True)

    def _answers(self) -> bool:
        try:
            with smtplib.LMTP(self.host, self.lmtp) as server:
                server.noop()
        except OSError:
            return False
        return True

    # ------------------------------------------------------------ what people and servers do

    def deliver(self, *mails: EmailMessage | bytes, to: str = "orders") -> None:
        """Let mails arrive, as the mail server in front would."""
        with smtplib.LMTP(self.host, self.lmtp) as server:
            for mail in mails:
                sender = "dana@riverside.example"
                content = mail if isinstance(mail, bytes) else mail.as_bytes()
                if not isinstance(mail, bytes) and mail["Return-Path"] == "<>":
                    sender = ""
                server.sendmail(sender, [to], content)

    def doveadm(self, *words: str) -> str:
        """Whatever a person does in a mail program, or whoever runs the server."""
        command = [self.admin, "-c", str(self.conf), *words]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        return done.stdout

    def subjects(self, folder: str = "INBOX", user: str = "orders") -> list[str]:
        """What lies in a folder."""
        found = self.doveadm(
            "-f", "flow", "fetch", "-u", user, "hdr.subject", "mailbox", folder, "all"
        )
        return [line.partition("=")[2] for line in found.splitlines() if line]

    def count(self, folder: str = "INBOX", user: str = "orders") -> int:
        """How many mails lie in a folder."""
        said = self.doveadm("mailbox", "status", "-u", user, "messages", folder)
        return int(said.rpartition("messages=")[2])

    def move(self, source: str, target: str, user: str = "orders") -> None:
        """Drag every mail of a folder into another one."""
        self.doveadm("move", "-u", user, target, "mailbox", source, "all")

    def forget_numbers(self, user: str = "orders") -> None:
        """Give every folder a new UIDVALIDITY and its mails new numbers, as after a restore."""
        home = self.home / "home" / user / "Maildir"
        for name in ("dovecot-uidlist", "dovecot-uidvalidity"):
            for path in home.rglob(f"{name}*"):
                path.unlink()
        for path in home.rglob("dovecot.index*"):
            path.unlink()

    def kick(self, user: str = "orders") -> None:
        """Drop every connection of a user."""
        self.doveadm("kick", user)


def _who_i_am() -> tuple[str, str]:
    import grp
    import pwd

    return pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name


class TokenServer:
    """A provider of access tokens, and the place where Dovecot asks whether one is good."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.good: set[str] = set()
        self.refuse = ""
        self.rotate = ""  # a new refresh token that comes with the next answer
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                form = {k: v[0] for k, v in parse_qs(self.rfile.read(length).decode()).items()}
                status, words = outer.answer(self.path, form)
                body = json.dumps(words).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Nothing: pytest's output is for failures."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def answer(self, path: str, form: dict[str, str]) -> tuple[int, dict[str, object]]:
        """What is said to whom."""
        if path == "/introspect":
            active = form.get("token", "") in self.good
            return 200, {"active": active, "username": "orders"}
        self.asked.append(form)
        if self.refuse:
            return 400, {"error": "invalid_grant", "error_description": self.refuse}
        token = f"token-{len(self.asked)}"
        self.good = {token}
        words: dict[str, object] = {"access_token": token, "expires_in": 3600}
        if self.rotate:
            words["refresh_token"], self.rotate = self.rotate, ""
        return 200, words

    def __enter__(self) -> "TokenServer":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
