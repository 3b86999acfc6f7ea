"""What happens in each scene."""

from decimal import Decimal

from papers.actions import ask_for
from tickets import actions
from tickets.actions import By, Share
from tickets.models import Claim

from .scenes import Play
from .sold import Sold


def defective(play: Play, s: Sold) -> None:
    """A speaker that dies: asked, shown, accepted by its maker, sent back, paid, recovered, closed and rated."""
    ticket = play.file(
        s, 18, "defective", "The speaker worked for a week. Now it will not switch on.", "refund",
        ("speaker", "whole", ""),
    )  # fmt: skip
    customer = By.customer(ticket.customer)
    actions.ask_for_proofs(ticket, by=play.ana, proofs=["fault_video", "statement_of_use"])
    play.clock.on(0.3)
    actions.proofs_read(ticket, by=customer)
    actions.write_message(
        ticket, by=customer, audience="public", text="It stood on a shelf and played the radio. No water, no fall."
    )
    play.send(ticket, ("speaker", "close_up", "pressed the switch: the lamp stays dark, no sound"))
    row = ticket.evidence_requests.filter(answered_at=None).first()
    if row:
        actions.tick_proof(row, by=play.ana, text="The customer showed it in a call: it stays dark.")
    play.clock.on(0.2)
    play.partner(ticket, "supplier", "accepted", "A batch of switches was bad; we take it.",
                 prevention="The switch is tested at the end of the line now.")  # fmt: skip
    play.decide(ticket, ("supplier", 100), basis="The switch fails without misuse; the maker accepts it.")
    plan = play.propose(
        ticket, "Please send it back at our cost; the money follows as soon as it is here.", agree=False
    )
    play.clock.on(0.3)
    actions.counter_plan(plan, by=customer, wish="refund", amount=s.line.unit_price,
                         text="I want the money back, not another one.")  # fmt: skip
    plan = play.propose(ticket, "Agreed: send it back, and you get the full price.")
    if plan.actions.filter(awaits_return=True).exists() or plan.actions.filter(kind="return").exists():
        play.send_back(ticket, plan, "accepted")
    play.clock.on(0.3)
    play.finish(ticket, plan, "PAY-8812045")
    entry = ticket.ledger.filter(kind="paid", party="supplier").first()
    if entry:
        wrong = actions.record_recovery(
            ticket,
            by=play.ana,
            party="supplier",
            amount=(entry.amount / 10).quantize(Decimal("0.01")),
            currency=entry.currency,
            proof="CN-2207",
        )
        actions.take_back(wrong, by=play.ana, reason="The decimal point was in the wrong place.")
        actions.record_recovery(
            ticket, by=play.ana, party="supplier", amount=entry.amount, currency=entry.currency, proof="CN-2207",
            note="Credit note of the maker",
        )  # fmt: skip
    play.clock.on(0.2)
    actions.close(ticket, by=play.ana, outcome="refunded", root_cause="production",
                  text="Your money is on its way. Thank you for the clear video.")  # fmt: skip
    play.clock.on(0.5)
    ticket.refresh_from_db()
    actions.rate(ticket, by=customer, rating=5, comment="Clear questions, quick money.")
    ask_for(ticket, by=play.marta, kind="case_file")


def wrong(play: Play, s: Sold) -> None:
    """A charger with the wrong plug: contested by the warehouse, mediated, decided, now carried out."""
    ticket = play.file(s, 13, "wrong_item", "I ordered the EU plug and got the US one.", "replacement",
                       ("plug", "whole", "US plug, two flat pins"))  # fmt: skip
    actions.record_received(ticket, by=play.ana, text="USB-C charger 65 W with a US plug")
    actions.record_finding(ticket, by=play.ana, about="specification", value=False, note="Two flat pins, 110 V label")
    ticket.refresh_from_db()
    play.partner(ticket, "warehouse", "contested", "We packed what came from the maker, label and box say EU.")
    customer = By.customer(ticket.customer)
    mediation = actions.open_mediation(ticket, by=customer, reason="I wait for the right plug for a week now.")
    play.clock.on(0.5)
    actions.state_in_mediation(mediation, by=customer, text="The photo shows the plug. I cannot use it.")
    partner = mediation.partner
    if partner:
        play.clock.on(0.3)
        actions.state_in_mediation(
            mediation, by=By.partner_contact(partner), text="Our packing list names SKU ADP-065-EU."
        )
    play.clock.on(1)
    actions.decide_mediation(
        mediation, by=play.marta, shares=[Share("warehouse", 50), Share("agent", 50)], amount=Decimal("6.00"),
        text="The plug was not compared with the address when packed, and we had not asked for it: half each.",
    )  # fmt: skip
    ticket.refresh_from_db()
    if ticket.state == "responsibility":
        play.decide(
            ticket, ("warehouse", 50), ("agent", 50), basis="As decided in the mediation.", override="mediation"
        )
    play.clock.on(0.2)
    when = play.clock.real.date()
    kinds = [("replacement", s.line.unit_price), ("compensation", Decimal("6.00"))]
    actions.propose_plan(
        ticket, by=play.ana, text="The right charger goes out today, with 6.00 for your trouble.",
        currency=ticket.order.currency,
        actions=[actions.Planned(kind, when, amount=amount, clause="Compensation 2") for kind, amount in kinds],
    )  # fmt: skip


def lost(play: Play, s: Sold) -> None:
    """A parcel that vanished: the carrier's claim is filed, the customer has the money, the carrier's is awaited."""
    ticket = play.file(s, 9, "lost", "Nothing has moved for weeks. Where is my lamp?", "refund")
    play.partner(ticket, "carrier", "accepted", "Not found at the hub; the trace is closed.")
    play.decide(ticket)
    plan = play.propose(ticket, "We pay the full price back, and claim it from the carrier.")
    claim = Claim.objects.filter(ticket=ticket, kind="carrier").first()
    if claim:
        actions.file_claim(claim, by=play.ana, reference="SWP-40118", filed_on=play.clock.moment.date())
        play.clock.on(0.5)
        actions.answer_claim(
            claim, by=play.ana, accepted=True, text="Accepted; the credit comes with the next statement."
        )
        ask_for(ticket, by=play.ana, kind="claim", claim=claim)
    play.clock.on(0.3)
    play.finish(ticket, plan, "PAY-8813377")


def customs(play: Play, s: Sold) -> None:
    """A parcel that customs hold: the letter is asked for, and the declaration shows what to mend."""
    ticket = play.file(s, 3, "held_documents", "The tracking says customs. What do they want from me?", "delivery")
    actions.ask_for_proofs(ticket, by=play.ana, proofs=["customs_letter"])
    play.clock.on(0.5)
    actions.proofs_read(ticket, by=By.customer(ticket.customer))
    ask_for(ticket, by=play.ana, kind="customs")


def crushed(play: Play, s: Sold) -> None:
    """A crushed box: the carrier's claim expires within days, the shipping is insured, and the plan waits."""
    ticket = play.file(
        s, 4, "crushed", "The box was pushed in and the leg is split.", "refund",
        ("box", "box", "box crushed on one side"), ("chair", "whole", "one leg split"),
    )  # fmt: skip
    play.partner(ticket, "carrier", "contested", "Signed without a remark.")
    play.decide(ticket, ("carrier", 100), basis="Sound when packed, crushed on arrival, shown within a day.")
    if not Claim.objects.filter(ticket=ticket, kind="insurer").exists():
        actions.open_claim(ticket, by=play.ana, kind="insurer")
    play.propose(ticket, "We pay it back in full; you need not send it.", agree=False)


def _coming_back(play: Play, s: Sold, days: float, to: str) -> None:
    ticket = play.file(
        s, days, "defective", "It does not run any more.", "refund",
        (s.product.picture, "whole", "switched on: does not turn, no light"),
    )  # fmt: skip
    play.decide(ticket, ("agent", 100), basis="Too small to ask the maker; we bear it.", override="goodwill")
    when = play.clock.real.date()
    play.clock.on(0.2)
    plan = actions.propose_plan(
        ticket, by=play.ana, text="Send it back at our cost; the money follows.", currency=ticket.order.currency,
        actions=[
            actions.Planned("return", when, clause="Terms 2", doer="customer"),
            actions.Planned("refund", when, amount=s.line.unit_price, awaits_return=True, clause="Compensation 1"),
        ],
    )  # fmt: skip
    if "manager" in plan.missing_agreements():
        plan = actions.approve_plan(plan, by=play.marta)
    play.clock.on(0.3)
    plan = actions.accept_plan(plan, by=By.customer(ticket.customer))
    ticket.refresh_from_db()
    returned = play.send_back(ticket, plan, to)
    if to == "received":
        ask_for(ticket, by=play.ana, kind="return_label", returned=returned)


def looked(play: Play, s: Sold) -> None:
    """A speaker that hums: its maker opened the link yesterday and still has time to answer."""
    ticket = play.file(
        s, 1.5, "defective", "It hums as soon as it is plugged in, even with the volume down.", "repair",
        (s.product.picture, "whole", "plugged in, volume at zero: a loud hum in the video"),
    )  # fmt: skip
    play.partner(ticket, "supplier", "", "")


def mediation(play: Play, s: Sold) -> None:
    """A broken lamp, contested by everybody: a mediation is open, and each side has some days."""
    ticket = play.file(
        s, 2.2, "broken_inside", "The lamp was in pieces when I opened the box.", "refund",
        ("lamp", "whole", "item broken in two pieces"), ("box", "box", "outer box sound, no dents"),
    )  # fmt: skip
    play.partner(ticket, "warehouse", "contested", "Three layers of padding, see the packing photo.")
    found = actions.open_mediation(ticket, by=play.ana, reason="The warehouse and the photos say different things.",
                                   partner=ticket.partner_requests.latest("pk").partner)  # fmt: skip
    play.clock.on(0.3)
    actions.state_in_mediation(found, by=By.customer(ticket.customer), text="There was one thin layer in my box.")


SCRIPTS = {
    "defective": defective, "wrong": wrong, "lost": lost, "customs": customs, "crushed": crushed,
    "mediation": mediation, "looked": looked,
    "disputed": lambda play, s: _coming_back(play, s, 10, "disputed"),
    "declined": lambda play, s: _coming_back(play, s, 11, "declined"),
    "cancelled": lambda play, s: _coming_back(play, s, 5, "cancelled"),
    "authorised": lambda play, s: _coming_back(play, s, 2, "authorised"),
    "sent": lambda play, s: _coming_back(play, s, 4, "sent"),
    "moving": lambda play, s: _coming_back(play, s, 5, "moving"),
    "received": lambda play, s: _coming_back(play, s, 8, "received"),
}  # fmt: skip
