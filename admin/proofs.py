"""A picture's proofs for the staff: versions, how they look, what the customer said, send."""

from typing import Any, ClassVar

from flask import Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from markupsafe import escape

import auth
from admin import pictures
from admin.access import Screen
from errors import InvalidError, NotFoundError
from models import Artwork, ArtworkVersion, FilePreview, Order, ProofReply, StoredFile
from workflow import engine, proofs
from workflow.actors import Right
from workflow.message_facts import recipient_of, why_not_address
from workflow.whole_order import find_order

_DAY = 24 * 3600
#: A card with a file's ending, where there is no thumbnail.
_CARD = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 160 120"><rect width="160" height="120" '
    'fill="#e9edf3"/><path d="M58 22h30l16 16v40H58z" fill="#fff" stroke="#8490a5"/><text x="80" '
    'y="103" font-family="sans-serif" font-size="17" text-anchor="middle" fill="#44516a">{}</text>'
    "</svg>"
)


class ProofScreen(Screen):
    """One picture of an order, from its files to the customer's word."""

    rights: ClassVar = {"see": Right.SEE_ORDERS, "edit": Right.ARTWORK}

    @expose("/proof/<int:artwork_id>")
    def show(self, artwork_id: int) -> str:
        """Versions, marks and replies of a picture."""
        return self._show(_artwork(artwork_id))

    def _show(self, art: Artwork, problems: dict[str, str] | None = None) -> str:
        number = request.args.get("version", art.current_version, type=int)
        versions = list(
            ArtworkVersion.select(ArtworkVersion, StoredFile.id, StoredFile.sha256)
            .join(StoredFile)
            .where(ArtworkVersion.artwork == art)
            .order_by(ArtworkVersion.number.desc())
        )
        shown = next((version for version in versions if version.number == number), None)
        replies = ProofReply.select().where(ProofReply.artwork == art)
        recipient = recipient_of(art.order, "proof")
        page: str = self.render(
            "pages/order/proof.html",
            art=art,
            order=art.order,
            versions=versions,
            shown=shown,
            pages=_pages(shown) if shown is not None else [],
            replies=list(replies.order_by(ProofReply.id.desc())),
            deadline=proofs.deadline_of(art.order),
            recipient=recipient,
            problems=problems or {},
            typed=request.form,
        )
        return page

    @expose("/proof/<int:artwork_id>/send", methods=("POST",))
    def send(self, artwork_id: int) -> ResponseReturnValue:
        """Send the newest file to the customer, by a private link."""
        auth.require(Right.ARTWORK)
        art = _artwork(artwork_id)
        typed = request.form.get("recipient", "").strip()
        wrong = why_not_address(typed) if typed else recipient_of(art.order, "proof").why_not
        if wrong:
            return self._show(art, {"recipient": wrong}), 422
        note = request.form.get("note", "").strip()[:2000]
        try:
            engine.send_proof(artwork_id, typed, note, auth.current_actor())
        except InvalidError as refusal:
            return self._show(art, refusal.problems), 422
        flash(f"The proof of “{art.name}” goes out now.", "success")
        where = url_for("order_page.show", number=art.order.number, _anchor="artwork")
        return redirect(where)

    @expose("/<int:version_id>/thumbnail")
    def thumbnail(self, version_id: int) -> ResponseReturnValue:
        """A file as a small picture, or a card with its ending."""
        version = pictures.seen_version(version_id)
        found = FilePreview.get_or_none(file=version.file_id, page=1)
        if found is None or found.thumbnail is None:
            ending = version.name.rpartition(".")[2].upper()[:6] or "FILE"
            answer = Response(_CARD.format(escape(ending)), mimetype="image/svg+xml")
            answer.headers["Cache-Control"] = "private, max-age=5"
            return answer
        return _kept(bytes(found.thumbnail), "image/png")

    @expose("/<int:version_id>/page/<int:page>")
    def page(self, version_id: int, page: int) -> ResponseReturnValue:
        """A page of a file as a picture."""
        version = pictures.seen_version(version_id)
        found = FilePreview.get_or_none(file=version.file_id, page=min(page, 1000))
        if found is None or found.picture is None:
            raise NotFoundError("There is no picture of this file.")
        return _kept(bytes(found.picture), "image/webp")


def _artwork(artwork_id: int) -> Artwork:
    """A picture of an order this person may see.

    Raises:
        NotFoundError: there is none.
    """
    art = None
    if artwork_id < 2**31:
        found = Artwork.select(Artwork, Order).join(Order).where(Artwork.id == artwork_id)
        art = found.first()
    if art is None:
        raise NotFoundError("That picture is not there any more. Reload the order's page.")
    art.order = find_order(art.order.number, auth.current_actor())
    return art


def _pages(version: ArtworkVersion) -> list[Any]:
    rows = FilePreview.select(
        FilePreview.page, FilePreview.width, FilePreview.height, FilePreview.note
    )
    return list(rows.where(FilePreview.file == version.file_id).order_by(FilePreview.page))


def _kept(content: bytes, kind: str) -> Response:
    answer = Response(content, mimetype=kind)
    answer.headers["Cache-Control"] = f"private, max-age={_DAY}"
    return answer
