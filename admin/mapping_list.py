"""The mappings of customers' files: their versions and samples, going back, export and import."""

import json
from typing import Any, ClassVar

from flask import Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from peewee import JOIN, fn
from werkzeug.utils import secure_filename

import auth
from admin.incoming import called
from admin.mapping_fields import label_of
from admin.views import ShopView
from errors import InvalidError, NotFoundError, ShopError
from models import Customer, IncomingFile, MappingSample, MappingVersion, PartnerMapping
from sync import mapping_trials, mapping_versions
from sync.mapping_versions import SampleDiffersError
from sync.tables.layout_json import from_json
from sync.tables.layouts import Use, letters
from workflow import shop
from workflow.actors import Right

_LARGEST = 1_000_000


class MappingView(ShopView):
    """How customers' files are read."""

    rights: ClassVar = {"see": Right.INCOMING, "edit": Right.INCOMING}
    related: ClassVar = (PartnerMapping.customer,)
    creates = False  # a mapping is made on a file, in the wizard, or taken in
    deletes = True
    list_template = "pages/mapping/list.html"
    column_list = ("name", "customer", "current", "active", "created_at")
    column_export_list = column_list
    column_sortable_list = ("name", "current", "active", "created_at")
    column_default_sort = "name"
    column_searchable_list = ("name", Customer.name)
    column_filters = ("name", "active", Customer.name)
    column_editable_list = ("active",)
    column_labels: ClassVar = {"current": "Version in force", "created_at": "Made"}
    form_columns = ("name", "active")
    instead_of_deleting = "Switch “active” off instead: its versions stay."

    def on_model_delete(self, model: Any) -> None:
        """A mapping that read a file stays: the file says by which version.

        Raises:
            ShopError: it read a file.
        """
        if _files(model.id):
            raise ShopError(f"'{model.name}' read files that came in. {self.instead_of_deleting}")

    @expose("/<int:id>")
    def details_view(self, id: int) -> ResponseReturnValue:
        """One mapping: what it says, its versions, its samples, the files it read."""
        return self._page(_mapping(id))

    @expose("/<int:id>/version/<int:number>", methods=("POST",))
    def put_in_force(self, id: int, number: int) -> ResponseReturnValue:
        """Go back to a version, if the samples are read as before or somebody agreed."""
        actor = auth.current_actor()
        agreed = bool(request.form.get("agreed"))
        try:
            mapping = mapping_versions.put_in_force(_key(id), number, actor, agreed=agreed)
        except SampleDiffersError as refusal:
            page = self._page(_mapping(id), differences=refusal.differences, asked=number)
            return page, refusal.http_status
        flash(f"Version {number} of '{mapping.name}' is in force.", "success")
        return redirect(url_for(".details_view", id=id))

    @expose("/<int:id>/export.json")
    def export_json(self, id: int) -> ResponseReturnValue:
        """The version in force as a file that can be taken in elsewhere."""
        mapping = _mapping(id)
        text = json.dumps(mapping_versions.exported(mapping), indent=2, ensure_ascii=False)
        name = secure_filename(f"{mapping.customer.code} {mapping.name}") or "mapping"
        how = f'attachment; filename="{name}.json"'
        headers = {"Content-Disposition": how, "X-Content-Type-Options": "nosniff"}
        return Response(text, mimetype="application/json", headers=headers)

    @expose("/import", methods=("POST",))
    def take_in(self) -> ResponseReturnValue:
        """Make a mapping of a file that was exported."""
        customer = called(request.form.get("customer", ""))
        version = mapping_versions.imported(_sent_json(), customer.id, auth.current_actor())
        flash(f"'{version.mapping.name}' is taken in for {customer.name}.", "success")
        return redirect(url_for(".details_view", id=version.mapping_id))

    @expose("/<int:id>/sample", methods=("POST",))
    def keep_sample(self, id: int) -> ResponseReturnValue:
        """Keep a file that came in as a sample."""
        number = request.form.get("file", "")
        if not number.isdecimal() or len(number) > 9:
            raise InvalidError({"file": "choose one of the customer's files"})
        mapping_versions.keep_sample(_key(id), int(number), auth.current_actor())
        flash("The sample is kept: later versions must read it as now.", "success")
        return redirect(url_for(".details_view", id=id))

    @expose("/<int:id>/sample/<int:sample>/drop", methods=("POST",))
    def drop_sample(self, id: int, sample: int) -> ResponseReturnValue:
        """Forget a sample."""
        mapping_versions.drop_sample(_key(sample), auth.current_actor())
        flash("The sample is dropped.", "success")
        return redirect(url_for(".details_view", id=id))

    def _page(
        self,
        mapping: PartnerMapping,
        differences: dict[str, list[str]] | None = None,
        asked: int = 0,
    ) -> str:
        page: str = self.render(
            "pages/mapping/mapping.html",
            mapping=mapping,
            versions=mapping_versions.versions_of(mapping.id),
            samples=_samples(mapping.id),
            said=_said(mapping),
            files=_files(mapping.id),
            wizard_file=_file_for_wizard(mapping),
            may_be_samples=mapping_trials.files_of(mapping.customer_id),
            differences=differences,
            asked=asked,
        )
        return page


def _key(id: int) -> int:
    if id >= 2**31:
        raise NotFoundError("There is no such mapping. Go back to the list.")
    return id


def _mapping(id: int) -> PartnerMapping:
    return mapping_versions.get(_key(id))


def _samples(mapping_id: int) -> list[MappingSample]:
    rows = MappingSample.select().where(MappingSample.mapping == mapping_id)
    return list(rows.order_by(MappingSample.id))


def _said(mapping: PartnerMapping) -> list[tuple[str, str]]:
    """What the version in force says, in words; the reason where it cannot be read any more."""
    catalogue = shop.catalogue()
    try:
        layout = from_json(mapping_versions.in_force(mapping).definition, catalogue)
    except InvalidError as refusal:
        return [("Cannot be used", str(refusal))]
    found = [
        (f"Column {letters(rule.index)} “{rule.heading}”", label_of(use, catalogue))
        for rule, use in layout.uses()
    ]
    found += [
        (f"Cell beside “{cell.label}”" if cell.label else "Cell", label_of(cell.use, catalogue))
        for cell in layout.cells
    ]
    found += [
        (f"Always: {label_of(Use(one.level, one.field), catalogue)}", one.text)
        for one in layout.constants
    ]
    return found


def _files(mapping_id: int) -> list[Any]:
    """The latest files that were read by one of the mapping's versions."""
    rows = (
        IncomingFile.select(
            IncomingFile.id, IncomingFile.name, IncomingFile.received_at, MappingVersion.number
        )
        .join(MappingVersion, JOIN.INNER)
        .where(MappingVersion.mapping == mapping_id)
        .order_by(IncomingFile.id.desc())
        .limit(20)
    )
    return list(rows)


def _file_for_wizard(mapping: PartnerMapping) -> int | None:
    """A received file on which the mapping can be changed: a sample's, else the latest it read."""
    files = MappingSample.select(MappingSample.file).where(MappingSample.mapping == mapping.id)
    sampled = IncomingFile.select(fn.MAX(IncomingFile.id)).where(IncomingFile.file.in_(files))
    found: int | None = sampled.scalar()
    if found is None:
        read = _files(mapping.id)
        found = read[0].id if read else None
    return found


def _sent_json() -> object:
    file = request.files.get("file")
    content = file.read(_LARGEST) if file is not None else b""
    try:
        return json.loads(content)
    except ValueError as error:
        raise InvalidError({"file": "it is no JSON: choose a mapping that was exported"}) from error
