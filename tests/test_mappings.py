"""Mappings of customers' files: found again, versions, samples, and files read exactly once."""

import json
from dataclasses import replace

import pytest

import models
from errors import BlockedError, ForbiddenError, InvalidError, NotFoundError, StaleError
from sync import intake, mapping_trials, mapping_versions
from sync.mapping_versions import SampleDiffersError, Saving
from sync.tables.layouts import Units
from sync.tables.placing import Verdict
from tests.odd_files import HEAD, moved_rows, odd_definition, odd_file, odd_layout, odd_rows
from tests.papers import csv_of
from tests.shop import BOSS, a_customer, a_product, a_shop, somebody
from workflow import engine, shop

MAIL = "orders@hill.example"


@pytest.fixture(autouse=True)
def hill(db):
    a_shop()
    for sku, color in (("TEE-1", "Black"), ("CAP-1", "Navy"), ("POLO", "Black")):
        a_product(sku, color=color)
    return a_customer("Hill Sports", code="HILL", email=MAIL)


def received(content=None, name="odd.xlsx", **words):
    content = odd_file() if content is None else content
    return intake.read_file(intake.receive("mailbox", name, content, actor=BOSS, **words).id, BOSS)


def saved(hill, **words):
    wanted = {"customer_id": hill.id, "name": "Order sheet", "definition": odd_definition()} | words
    return mapping_versions.save(Saving(**wanted), BOSS)


def pieces_of(incoming):
    lines = models.OrderLine.select().join(models.Order).where(models.Order.incoming == incoming)
    return [line.quantity for line in lines.order_by(models.OrderLine.number)]


# ---------------------------------------------------------------- a file finds its mapping


def test_without_a_mapping_the_odd_file_needs_a_person():
    assert received(sender=MAIL).state == "needs_person"


def test_a_saved_mapping_reads_the_file_that_waited_and_is_noted_on_it(hill):
    waiting = received(sender=MAIL)
    version = saved(hill)

    done = intake.read_again(waiting.id, BOSS)

    assert done.state == "accepted"
    assert done.mapping_version == version
    assert pieces_of(done) == [24, 12, 36]


def test_the_next_file_with_moved_columns_is_read_by_itself(hill):
    saved(hill)

    done = received(odd_file(moved_rows(po="H-78/26"), name="Neu"), sender=MAIL)

    order = models.Order.get(models.Order.incoming == done)
    assert (order.po_number, order.customer) == ("H-78/26", hill)
    assert pieces_of(done) == [24, 12, 36]


def test_a_file_that_fits_only_half_goes_to_a_person_who_hears_why(hill):
    saved(hill)
    head = [*HEAD[:2], "Anzahl Kisten je Lage", *HEAD[3:]]

    waits = received(odd_file(odd_rows(head=head)), sender=MAIL)

    assert waits.state == "needs_person"
    assert "'Order sheet'" in waits.reason
    assert "column 'Kisten' is missing" in waits.reason


def test_an_ordinary_file_of_the_same_customer_is_read_by_its_headings(hill):
    saved(hill)

    done = received(csv_of(), "plain.csv", sender=MAIL)

    assert (done.state, done.mapping_version) == ("accepted", None)


def test_another_customer_s_file_of_that_layout_is_not_read_by_it(hill):
    a_customer("Dale", code="DALE", email="buy@dale.example")
    saved(hill)

    assert received(sender="buy@dale.example").state == "needs_person"


def test_where_only_the_layout_tells_the_customer_somebody_is_asked(hill):
    saved(hill)

    done = received(odd_file(moved_rows()))

    order = models.Order.get(models.Order.incoming == done)
    open_problems = models.DraftProblem.select().where(models.DraftProblem.order == order)
    assert order.customer == hill
    asked = [p.message for p in open_problems if p.field == "customer"]
    assert len(asked) == 1
    assert "only the layout says that it is Hill Sports's" in asked[0]


def test_where_two_customers_have_the_layout_nobody_is_guessed(hill):
    dale = a_customer("Dale", code="DALE")
    saved(hill)
    saved(dale)

    assert received().state == "needs_person"


def test_a_mapping_that_is_switched_off_reads_nothing(hill):
    version = saved(hill)
    models.PartnerMapping.update(active=False).where(
        models.PartnerMapping.id == version.mapping_id
    ).execute()

    assert received(sender=MAIL).state == "needs_person"


def test_reading_again_makes_no_second_order(hill):
    saved(hill)
    done = received(sender=MAIL)

    intake.read_file(done.id, BOSS)
    with pytest.raises(BlockedError):
        intake.read_again(done.id, BOSS)

    assert models.Order.select().count() == 1


def test_a_file_whose_order_was_cancelled_is_read_again_by_the_new_version(hill):
    version = saved(hill)
    done = received(sender=MAIL)
    engine.cancel_order(models.Order.get(models.Order.incoming == done).id, "read wrong", BOSS)
    newer = saved(
        hill, definition=odd_definition(units=Units()), mapping_id=version.mapping_id, seen=1
    )

    again = intake.read_again(done.id, BOSS)

    assert again.mapping_version == newer
    assert sorted(pieces_of(again)) == [1, 2, 3, 12, 24, 36]


# ---------------------------------------------------------------- versions


def test_every_save_is_a_version_and_none_changes(hill):
    first = saved(hill)
    second = saved(
        hill,
        definition=odd_definition(units=Units("10")),
        mapping_id=first.mapping_id,
        seen=first.mapping.version,
        note="boxes of ten",
    )

    kept = mapping_versions.versions_of(first.mapping_id)
    assert [(v.number, v.note, v.made_by) for v in kept] == [
        (2, "boxes of ten", BOSS.name), (1, "", BOSS.name),
    ]  # fmt: skip
    assert kept[1].definition == odd_definition()
    assert mapping_versions.in_force(second.mapping) == second


def test_going_back_puts_an_older_version_in_force(hill):
    first = saved(hill)
    saved(
        hill,
        definition=odd_definition(units=Units("10")),
        mapping_id=first.mapping_id,
        seen=first.mapping.version,
    )

    mapping = mapping_versions.put_in_force(first.mapping_id, 1, BOSS)

    assert mapping_versions.in_force(mapping) == first
    assert pieces_of(received(sender=MAIL)) == [24, 12, 36]


def test_whoever_saves_second_is_told(hill):
    first = saved(hill)
    seen = first.mapping.version
    saved(hill, mapping_id=first.mapping_id, seen=seen)

    with pytest.raises(StaleError):
        saved(hill, mapping_id=first.mapping_id, seen=seen)

    assert len(mapping_versions.versions_of(first.mapping_id)) == 2


def test_a_name_stands_for_one_mapping_of_a_customer(hill):
    saved(hill)

    with pytest.raises(InvalidError) as refusal:
        saved(hill)

    assert "choose another name" in refusal.value.problems["name"]


def test_a_mapping_that_makes_no_line_says_everything_it_lacks(hill):
    with pytest.raises(InvalidError) as refusal:
        saved(hill, name=" ", definition=odd_definition(columns=()))

    assert set(refusal.value.problems) == {"name", "item", "quantity"}


def test_who_may_not_handle_files_saves_nothing(hill):
    version = saved(hill, sample=received(sender=MAIL).id)
    worker = somebody("Walt", "Department worker")
    sample = models.MappingSample.get()

    for doing in (
        lambda: mapping_versions.save(Saving(hill.id, "x", odd_definition()), worker),
        lambda: mapping_versions.put_in_force(version.mapping_id, 1, worker),
        lambda: mapping_versions.imported({}, hill.id, worker),
        lambda: mapping_versions.keep_sample(version.mapping_id, 1, worker),
        lambda: mapping_versions.drop_sample(sample.id, worker),
    ):
        with pytest.raises(ForbiddenError):
            doing()


def test_a_version_nobody_made_is_not_there(hill):
    with pytest.raises(NotFoundError):
        mapping_versions.put_in_force(saved(hill).mapping_id, 7, BOSS)


# ---------------------------------------------------------------- samples


def test_a_version_that_reads_a_sample_differently_is_refused_with_the_differences(hill):
    first = saved(hill, sample=received(sender=MAIL).id)
    worse = {
        "definition": odd_definition(units=Units()),
        "mapping_id": first.mapping_id,
        "seen": first.mapping.version,
    }

    with pytest.raises(SampleDiffersError) as refusal:
        saved(hill, **worse)

    assert "72 pieces before, 6 now" in refusal.value.differences["odd.xlsx"]
    assert len(mapping_versions.versions_of(first.mapping_id)) == 1


def test_who_has_seen_the_differences_may_save_and_expects_them_from_then_on(hill):
    first = saved(hill, sample=received(sender=MAIL).id)
    changed = odd_definition(units=Units())

    second = saved(
        hill, definition=changed, mapping_id=first.mapping_id, seen=first.mapping.version,
        agreed=True,
    )  # fmt: skip
    third = saved(
        hill, definition=changed, mapping_id=first.mapping_id, seen=second.mapping.version
    )

    assert third.number == 3
    with pytest.raises(SampleDiffersError):
        mapping_versions.put_in_force(first.mapping_id, 1, BOSS)


def test_a_sample_can_be_kept_later_and_dropped(hill):
    version = saved(hill)
    other = received(odd_file(moved_rows(po="9")), "other.xlsx", sender=MAIL)

    kept = mapping_versions.keep_sample(version.mapping_id, other.id, BOSS)
    mapping_versions.keep_sample(version.mapping_id, other.id, BOSS)

    assert [s.name for s in mapping_versions.samples_of(version.mapping_id)] == ["other.xlsx"]
    assert kept.expected[0]["count"] == 3
    mapping_versions.drop_sample(models.MappingSample.get().id, BOSS)
    assert mapping_versions.samples_of(version.mapping_id) == []


def test_a_file_in_which_nothing_is_read_is_no_sample(hill):
    version = saved(hill)
    plain = received(csv_of(), "plain.csv", sender=MAIL)

    with pytest.raises(BlockedError):
        mapping_versions.keep_sample(version.mapping_id, plain.id, BOSS)


# ---------------------------------------------------------------- export and import


def test_an_exported_mapping_can_be_taken_in_for_another_customer(hill):
    dale = a_customer("Dale", code="DALE", email="buy@dale.example")
    exported = json.loads(json.dumps(mapping_versions.exported(saved(hill).mapping)))

    version = mapping_versions.imported(exported, dale.id, BOSS)

    assert (version.mapping.name, version.definition) == ("Order sheet", odd_definition())
    assert received(sender="buy@dale.example").mapping_version == version


@pytest.mark.parametrize(
    ("spoil", "place"),
    [
        (lambda d: d.pop("inhands_mapping"), "file"),
        (lambda d: d.update(name=7), "name"),
        (lambda d: d["definition"]["columns"][0]["uses"][0].update(field="x"), "columns[0]"),
    ],
)
def test_a_file_that_is_no_mapping_says_what_is_wrong_in_it(hill, spoil, place):
    exported = json.loads(json.dumps(mapping_versions.exported(saved(hill).mapping)))
    spoil(exported)

    with pytest.raises(InvalidError) as refusal:
        mapping_versions.imported(exported, a_customer("Dale").id, BOSS)

    assert any(name.startswith(place) for name in refusal.value.problems)


# ---------------------------------------------------------------- trying


def test_a_layout_is_tried_on_the_customer_s_other_files_and_nothing_is_kept(hill):
    first = received(sender=MAIL)
    other = received(odd_file(moved_rows(po="9")), "other.xlsx", sender=MAIL)
    received(csv_of(), "plain.csv", sender=MAIL)

    names = [file.name for file in mapping_trials.others(first, None)]
    trial = mapping_trials.try_on(other, odd_layout(), shop.catalogue())

    assert names == ["plain.csv", "other.xlsx"]
    assert (trial.verdict, trial.lines, trial.pieces) == (Verdict.SURE, 3, 72)
    assert trial.differences == ("without the mapping nothing is read in it",)
    assert models.Order.select().where(models.Order.incoming == other).count() == 0


def test_trying_says_how_a_file_would_be_read_differently(hill):
    plain = received(csv_of(), "plain.csv", sender=MAIL)
    layout = replace(odd_layout(), columns=())

    trial = mapping_trials.try_on(plain, layout, shop.catalogue())

    assert trial.verdict is Verdict.NONE
    assert trial.lines == 0
