"""The page of a proof: look, approve, or mark what should be different; without an account."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.utils import secure_filename

from errors import InvalidError, NotFoundError, StaleError
from models import Artwork, FilePreview, StoredFile
from portal.opened import TOKEN, customer, opened, written
from workflow import customer_page, engine, shop
from workflow.marks import LONGEST_WORDS, MOST_MARKS, read_marks

_PROOF = f"{TOKEN}/proofs/<int:artwork_id>"
_PICTURE = f"{_PROOF}/<int:number>"
_LONGEST = 4000
_DAY = 24 * 3600


def add_to(portal: Blueprint) -> None:
    """Mount the pages."""
    portal.add_url_rule(_PROOF, "proof", _proof, methods=["GET"])
    portal.add_url_rule(f"{_PROOF}/viewed", "viewed", _viewed, methods=["POST"])
    portal.add_url_rule(f"{_PROOF}/approve", "approve", _approve, methods=["POST"])
    portal.add_url_rule(f"{_PROOF}/change", "change", _change, methods=["POST"])
    portal.add_url_rule(f"{_PICTURE}/page/<int:page>", "picture", _picture, methods=["GET"])
    portal.add_url_rule(f"{_PICTURE}/small", "small", _small, methods=["GET"])
    portal.add_url_rule(f"{_PICTURE}/file", "file", _file, methods=["GET"])


def _proof(token: str, artwork_id: int) -> ResponseReturnValue:
    return _show(token, customer_page.artwork_of(opened(token), artwork_id))


def _show(token: str, art: Artwork, problems: dict[str, str] | None = None) -> str:
    return render_template(
        "pages/portal/proof.html",
        token=token,
        view=customer_page.read_proof(art),
        art=art,
        problems=problems or {},
        typed=request.form,
        most_marks=MOST_MARKS,
        longest_words=LONGEST_WORDS,
        phone=shop.setting("shop_phone"),
        email=shop.setting("shop_email"),
    )


def _viewed(token: str, artwork_id: int) -> ResponseReturnValue:
    """Somebody has the page before them: asked by its script, which mail scanners do not run."""
    art = customer_page.artwork_of(written(token), artwork_id)
    engine.proof_viewed(art.id, customer())
    return "", 204


def _approve(token: str, artwork_id: int) -> ResponseReturnValue:
    art = customer_page.artwork_of(written(token), artwork_id)
    name = " ".join(request.form.get("by", "").split())[:120]
    if not name:
        return _show(token, art, {"by": "Type your name: it stands under the approval."}), 422
    version = request.form.get("version", 0, type=int)
    try:
        engine.approve_proof(
            art.id, customer(name), by=name, address=request.remote_addr or "", version=version
        )
    except StaleError as refused:
        flash(str(refused), "warning")
    else:
        flash("Thank you, it is approved. We make it exactly so.", "success")
    return redirect(url_for(".proof", token=token, artwork_id=artwork_id))


def _change(token: str, artwork_id: int) -> ResponseReturnValue:
    art = customer_page.artwork_of(written(token), artwork_id)
    form = request.form
    name = " ".join(form.get("name", "").split())[:120]
    try:
        said = engine.Said(
            words=form.get("change", "").strip()[:_LONGEST],
            by=name,
            address=request.remote_addr or "",
            version=form.get("version", 0, type=int),
            marks=read_marks(form.get("marks", "")),
        )
        engine.request_change(art.id, said, customer(name))
    except InvalidError as refused:
        return _show(token, art, refused.problems), 422
    except StaleError as refused:
        flash(str(refused), "warning")
    else:
        flash("Thank you. We change it and send you a new proof.", "success")
    return redirect(url_for(".proof", token=token, artwork_id=artwork_id))


# ---------------------------------------------------------------- pictures


def _preview(token: str, artwork_id: int, number: int, page: int) -> FilePreview:
    art = customer_page.artwork_of(opened(token, picture=True), artwork_id)
    version = customer_page.version_of(art, number)
    own = (FilePreview.file == version.file_id) & (FilePreview.page == page)
    found: FilePreview | None = (
        FilePreview.select().where(own & FilePreview.picture.is_null(False)).first()
    )
    if found is None:
        raise NotFoundError("There is no picture of this file.")
    return found


def _picture(token: str, artwork_id: int, number: int, page: int) -> ResponseReturnValue:
    found = _preview(token, artwork_id, number, min(page, 1000))
    return _kept(Response(bytes(found.picture or b""), mimetype="image/webp"))


def _small(token: str, artwork_id: int, number: int) -> ResponseReturnValue:
    found = _preview(token, artwork_id, number, 1)
    return _kept(Response(bytes(found.thumbnail or b""), mimetype="image/png"))


def _file(token: str, artwork_id: int, number: int) -> ResponseReturnValue:
    """The file itself, as a download: it never runs here."""
    art = customer_page.artwork_of(opened(token), artwork_id)
    version = customer_page.version_of(art, number)
    content = bytes(StoredFile.get_by_id(version.file_id).content)
    answer = Response(content, mimetype="application/octet-stream")
    name = secure_filename(version.name) or "proof"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer


def _kept(answer: Response) -> Response:
    answer.headers["Cache-Control"] = f"private, max-age={_DAY}"
    return answer
