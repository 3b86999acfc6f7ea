import datetime as dt, io, random, pathlib
import pytest
from PIL import Image, ImageDraw
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from aftersales.tenants.scope import tenant
from tests.factories import *
from tickets import actions
from tickets.models import Ticket
from evidence import actions as photos
from decimal import Decimal

OUT = pathlib.Path("/tmp/shots")
SUBJ = [("Lámpara de cerámica agrietada, segundo envío igual", "María González", "MX", "broken_inside"), ("Parcel shows delivered, nothing arrived", "Lukas Weber", "DE", "not_received"),
 ("Prise américaine reçue au lieu de la prise UE", "Chloé Martin", "FR", "wrong_item"), ("Caixa de som desliga depois de 20 minutos", "João Pereira", "BR", "defective"),
 ("لون الوسادة مختلف عن الصورة في المتجر", "نورة الحربي", "SA", "counterfeit"), ("收到的螺丝数量不对，缺两颗", "陈丽", "SG", "missing_part"), ("Box crushed on one corner, lamp fine", "Ana Beatriz Lima", "BR", "crushed")]

def pic(seed):
    rnd = random.Random(seed); im = Image.new("RGB", (800, 600), tuple(rnd.randint(120, 230) for _ in "rgb")); d = ImageDraw.Draw(im)
    d.ellipse((200, 120, 600, 560), fill=tuple(rnd.randint(40, 200) for _ in "rgb")); d.line((300, 130, 420, 500), fill=(20, 20, 20), width=9)
    out = io.BytesIO(); im.save(out, "JPEG"); return SimpleUploadedFile(f"p{seed}.jpg", out.getvalue(), "image/jpeg")

def add(org, ticket, place, seed):
    p = photos.add_photo(organization=org, file=pic(seed), by=actions.By.customer(ticket.customer), place=place, ticket=ticket)
    photos.prepare(org, p.pk)

@pytest.fixture
def data(transactional_db, luma, harbor, alice, mona, bob):
    now = timezone.now(); made = []
    with tenant(luma):
        by = member(bob, luma); bm = member(mona, luma)
        for n, (text, name, country, problem) in enumerate(SUBJ):
            o = make_order(number=f"LH-2049{n:02d}", email=f"c{n}@customer.example", country=country)
            o.customer.name = name; o.customer.save()
            make_line(o, supplier=make_partner(name=["Foshan Oakline", "Yiwu Petalcraft", "Shenzhen Kestrel"][n % 3], email=f"m{n%3}@x.example"), batch=f"B2609-{n}", sku=f"LMP-{n}")
            s = make_shipment(o, tracking_number=f"T{n}", packed_at=now - dt.timedelta(days=20), charged_weight_g=2410, events={"picked_up": now - dt.timedelta(days=19), "customs_hold": now-dt.timedelta(days=15), "exception_damage": now - dt.timedelta(days=9), "delivered": now - dt.timedelta(days=7)})
            made.append(make_ticket(o, text=text + "\n\nThis is the second lamp and it came broken in the same place. I want my money back.", problem=problem, wish="refund"))
        t2 = make_ticket(made[0].order, text="Lámpara de cerámica agrietada, otra vez", wish="refund"); made.append(t2)
        for t in made[:4]: actions.take(t, by=by)
        actions.take(made[4], by=bm)
        for t in made[:5]: to_stage(t, "responsibility", by)
        to_stage(made[1], "responsibility", by) if False else None
        actions.ask_partner(Ticket.objects.get(pk=made[0].pk), by=by, partner=made[0].line.supplier, party="supplier", percent=100, text="Thin padding, 1 layer where 3 were agreed.")
        r = made[0].partner_requests.get(); actions.answer_request(r, by=actions.By.partner_contact(r.partner), answer="partly", percent=80, text="Padding supplier changed on 9 September. We accept our share for this batch.", prevention="Three layers again.")
        actions.write_message(made[0], by=by, audience="public", text="Dear María, I am sorry this happened twice. Your photos are clear, so you don’t need to send anything back.")
        actions.write_message(made[0], by=by, audience="internal", text="Batch looks bad, see the others.")
        # planning, proposed above, executing
        def conf(t): actions.confirm_responsibility(Ticket.objects.get(pk=t.pk), by=by, shares=[actions.Share("supplier", 80), actions.Share("carrier", 20)], basis="Thin padding and a drop at the hub.", override="evidence")
        for t in made[1:4]: conf(t)
        luma.approval_amount = Decimal("20"); luma.save()
        due = now.date() + dt.timedelta(days=7)
        actions.propose_plan(Ticket.objects.get(pk=made[2].pk), by=by, text="We pay it back.", currency="EUR", actions=[actions.Planned("refund", due, Decimal("39.90"), "supplier", made[2].line.supplier)])
        luma.approval_amount = Decimal("200"); luma.save()
        p = actions.propose_plan(Ticket.objects.get(pk=made[3].pk), by=by, text="We pay a part.", currency="EUR", actions=[actions.Planned("partial_refund", due, Decimal("19.90"), "agent"), actions.Planned("apology", due)])
        actions.accept_plan(p, by=actions.By.customer(made[3].customer))
        a = list(Ticket.objects.get(pk=made[3].pk).current_plan().actions.all()); actions.record_execution(a[0], by=by, proof="PAY-77")
        luma.approval_amount = Decimal("20"); luma.save()
        for t, d in zip(made, (-47, -12, 42, 85, 125, 310, 1600, 30)):
            Ticket.objects.filter(pk=t.pk).exclude(due_at=None).update(due_at=now + dt.timedelta(minutes=d))
            t.clocks.filter(stopped_at=None, request=None, paused_at=None).update(due_at=now + dt.timedelta(minutes=d), started_at=now - dt.timedelta(hours=5))
        actions.ask_for_evidence(Ticket.objects.get(pk=made[6].pk), by=by, places=["box", "label"])
        done = make_ticket(make_order(email="c0@customer.example", number="LH-1"), text="Earlier lamp"); to_stage(done, "followed_up", by)
        rej = make_ticket(make_order(email="c9@customer.example", number="LH-2"), text="Worn"); actions.reject(rej, by=by, reason="Worn by use.", clause="4.2")
    for n, t in enumerate(made):
        for k, place in enumerate(("whole", "close_up", "box", "padding", "label")[: 5 if n == 0 else 2]): add(luma, t, place, n * 10 + k)
    return made, done, rej

def shoot(page, live, path, name, themes=("light",), widths=(1440, 390), lang="en", full=True):
    for theme in themes:
        for w in widths:
            page.set_viewport_size({"width": w, "height": 900 if w > 500 else 844})
            page.goto(live + path); page.wait_for_load_state("networkidle")
            page.evaluate("t => { localStorage.theme = t }", theme); page.reload(); page.wait_for_load_state("networkidle"); page.wait_for_timeout(150)
            over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            page.screenshot(path=str(OUT / f"{name}-{w}-{theme}-{lang}.png"), full_page=full)
            if over > 0: print("SIDEWAYS", name, w, over)

def test_shots(live, page, data, client, bob, mona, luma, context):
    made, done, rej = data
    bad = []
    page.on("console", lambda m: bad.append((page.url, m.text)) if m.type in ("error", "warning") else None)
    page.on("response", lambda r: bad.append((r.url, r.status)) if r.status >= 400 else None)
    def sign(user):
        client.force_login(user)
        context.clear_cookies(); context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live}])
    sign(bob)
    u = lambda t: f"/luma/desk/tickets/{t.number}/"
    shoot(page, live, "/luma/desk/", "queue", ("light", "dark"))
    shoot(page, live, "/luma/desk/?stage=planning&problem=crushed", "empty", widths=(1440,))
    shoot(page, live, "/luma/desk/tickets/?q=lampara", "all", widths=(1440,))
    page.goto(live + "/luma/desk/"); page.set_viewport_size({"width": 1440, "height": 900}); page.keyboard.press("f"); page.wait_for_timeout(800); page.screenshot(path=str(OUT / "filter.png"))
    shoot(page, live, u(made[0]), "responsibility", ("light", "dark"))
    for n, name in ((1, "planning"), (2, "approval"), (3, "executing"), (5, "reported"), (6, "paused")): shoot(page, live, u(made[n]), name, widths=(1440,))
    shoot(page, live, u(done), "done", widths=(1440,)); shoot(page, live, u(rej), "rejected", widths=(1440,))
    shoot(page, live, u(made[5]) + "?do=assign", "assign", widths=(1440,))
    shoot(page, live, "/luma/desk/file/", "filenew", widths=(1440,)); shoot(page, live, "/luma/desk/file/LH-204900/", "file")
    # keys
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(live + "/luma/desk/"); page.keyboard.press("j"); page.keyboard.press("j"); 
    rows = page.locator("tbody tr"); n = page.locator("tr:has(button[data-key=a])").count(); page.keyboard.press("a"); page.wait_for_timeout(400)
    assert page.locator("tr:has(button[data-key=a])").count() == n
    idx = page.evaluate("[...document.querySelectorAll('tbody tr')].findIndex(r => r.querySelector('button[data-key=a]'))")
    for _ in range(idx - 1): page.keyboard.press("j")
    page.keyboard.press("a"); page.wait_for_timeout(800)
    assert page.locator("tr:has(button[data-key=a])").count() == n - 1, (n, idx)
    page.screenshot(path=str(OUT / "taken.png"))
    page.goto(live + u(made[0])); page.keyboard.press("i"); page.wait_for_timeout(200)
    assert page.evaluate("document.activeElement.id") == "note-text"
    page.keyboard.type("a note typed"); page.screenshot(path=str(OUT / "note.png"))
    page.keyboard.press("Control+Enter"); page.wait_for_selector(".tl >> text=a note typed")
    page.keyboard.press("e"); page.wait_for_timeout(300); assert page.locator("#way-ask").get_attribute("open") is not None
    page.screenshot(path=str(OUT / "ask.png"))
    sign(mona); shoot(page, live, u(made[2]), "manager", widths=(1440,))
    context.add_cookies([{"name": "django_language", "value": "ar", "url": live}])
    sign(bob); context.add_cookies([{"name": "django_language", "value": "ar", "url": live}])
    shoot(page, live, "/luma/desk/", "queue", lang="ar"); shoot(page, live, u(made[0]), "responsibility", lang="ar")
    print("BAD", bad[:20])
    from axe_playwright_python.sync_playwright import Axe
    context.clear_cookies(); sign(bob)
    for path in ["/luma/desk/", "/luma/desk/tickets/", "/luma/desk/filters/", "/luma/desk/file/", "/luma/desk/file/LH-204900/"] + [u(t) for t in [*made[:7], done, rej]] + [u(made[5]) + f"?do={d}" for d in ("assign", "merge", "link")]:
        for w in (1440, 320):
            page.set_viewport_size({"width": w, "height": 900}); page.goto(live + path); page.wait_for_load_state("networkidle")
            for theme in ("light", "dark"):
                page.evaluate("t => document.documentElement.dataset.bsTheme = t", theme); page.wait_for_timeout(400)
                r = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
                for v in r.response["violations"]: print("AXE", path, w, theme, v["id"], [x["html"][:160] for x in v["nodes"]][:3])
            if page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") > 0: print("SIDEWAYS", path, w)
