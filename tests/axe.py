"""What axe-core finds wrong with a page that somebody with another way of seeing must use."""

from pathlib import Path

AXE = Path(__file__).parent / "vendor" / "axe-core-4.14.1" / "axe.min.js"
SERIOUS = ("serious", "critical")
# What moves for ever, or stands still half-way, is not waited for.
_STILL = """async () => {
  const frame = () => new Promise((done) => { requestAnimationFrame(done); setTimeout(done, 100); });
  await frame();
  await frame();
  const moving = document.getAnimations()
    .filter((one) => Number.isFinite(one.effect?.getComputedTiming().endTime))
    .map((one) => one.finished);
  await Promise.race([Promise.allSettled(moving), new Promise((done) => setTimeout(done, 1000))]);
}"""
_RUN = "(rules) => axe.run(document, {resultTypes: ['violations'], ...rules})"


def violations(page):
    """The serious findings in the light and in the dark look; only colours differ between them."""
    page.context.new_cdp_session(page).send("Page.setBypassCSP", {"enabled": True})
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text() + ";0")
    found = []
    for look, rules in (("light", {}), ("dark", {"runOnly": ["color-contrast"]})):
        page.emulate_media(color_scheme=look, reduced_motion="reduce")
        page.evaluate(_STILL)
        result = page.evaluate(_RUN, rules)["violations"]
        found += [
            f"{page.url} {look} {v['id']}: {v['nodes'][0]['html'][:200]}"
            for v in result
            if v["impact"] in SERIOUS
        ]
    return found
