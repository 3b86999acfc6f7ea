"""What people asked for and agreed on: the topic of an instruction, a yes or a no, a risk warned of, a place named.

The same kind of vocabulary as `words.py`: it answers only where the words are clear.
"""

import re

_GOODS = r"(?:the |all |any |its |their |my |original |retail |outer |inner |shoe |gift |product |manufacturer\W?s? |extra |wooden |additional |as much )*"
_PACKING = r"(?:box\w*|packag\w*|carton\w*|padding|packing|bubble|foam|tubes?\b|cylinder|shoebox\w*|tins?|crate|cushion\w*|wrapp\w*|fill(?:er|ing)\b|reinforc\w*|(?:edge|corner) protect\w*)"

TOPICS: tuple[tuple[str, str], ...] = (
    ("no_inspection", r"(?:skip|no|without|forgo|forego|waive\w*|omit|drop|save|cancel|leave out|don'?t (?:need|want|do)|do not (?:need|want|do)|no need (?:of|for|to)|renounce|dispense with|spare) (?:\w+ ){0,3}?(?:inspect\w*|check\w*|test\w*|quality control|qc\b|look (?:inside|at it)|open(?:ing)?\b|examin\w*)|(?:inspection|check|test) (?:is |was )?(?:not (?:needed|necessary|required|wanted)|waived|dropped)|(?:inspect\w*|check\w*|test\w*|opening) [^.]*?\b(?:leave (?:it|that|this) out|skip (?:it|that)|do without|drop (?:it|that)|spare (?:it|that)|omit (?:it|that))|(?:leave|keep) (?:it|them|the (?:\w+ )?(?:seal|box|carton|pack\w*)) (?:sealed|closed|unopened|intact|shut)|un-?checked|un-?inspected|(?:sight )?unseen|without (?:a |any )?look"),
    ("cancel", r"cancel\w*|don'?t (?:buy|purchase|order)|do not (?:buy|purchase|order)|no longer (?:want|need)|(?:don'?t|do not) (?:want|need) (?:\w+ )?any ?(?:more|longer)|call(?:ed|ing)? (?:it |the \w+ |my \w+ |this )?off|(?:stop|halt|abort|scrap|annul|undo|drop) (?:it|(?:my|the|this|that) (?:order|purchase|deal))\b|stop buying|refrain from|changed my mind|withdraw\w*|revoke|take back (?:my|the) order|(?:return|send) (?:it )?(?:back )?to (?:the )?(?:sender|seller)"),
    ("less_packing", rf"(?:remove|without|no|drop|take (?:off|away|out)|skip|discard|throw away|unpack|strip|leave out|leave off|bin|less|not pay for) {_GOODS}{_PACKING}|(?:bag|poly ?bag|mailer|envelope|film|paper|sleeve|pouch) (?:is |will |would |should )?(?:\w+ )?(?:enough|do\b|fine|ok\b|okay|sufficient|suffic\w+)|(?:do not|don'?t|no need to|need not|needn'?t|never) (?:use|need|want|put|add|bother|waste|require|pay|spend|send) (?:\w+ ){{0,5}}?{_PACKING}|no need (?:for|of) (?:\w+ )?{_PACKING}|(?:smallest|lightest|thinnest|minimal|minimum|least|cheapest|simplest|plain) (?:possible )?(?:{_PACKING}|thing\b|wrapping)|as (?:small|light|flat|thin) as|simple packing|standard (?:packing|packaging|box|carton) (?:is |will )?(?:\w+ )?(?:fine|enough|do)|soft (?:pack\w*|mailer|bag)|(?:in|into) (?:a )?(?:bag|poly ?bag|mailer|envelope)|vacuum|save (?:weight|volume|freight)"),
    ("more_packing", r"extra (?:padding|packing|protection|bubble|box|cushion\w*|foam|layer)|fragile|double (?:box\w*|wrap\w*|carton)|reinforc\w*|corner protect\w*|edge protect\w*|wood(?:en)? (?:crate|box|frame)|\bcrate\b|more (?:padding|bubble|protection)|bubble wrap|waterproof|moisture|shrink wrap|pack (?:it |them )?(?:well|carefully|safely)|air column|thick (?:foam|padding)"),
    ("terms", r"\bddp\b|\bdap\b|dut(?:y|ies)[- ](?:\w+ )?(?:paid|unpaid|included|prepaid)|prepa(?:y|id) (?:\w+ )?(?:dut|tax|vat)"),
    ("payment", r"(?:pay|paid|refund|transfer|wire|credit|book|remit)\w* (?:\w+ ){0,6}?(?:accounts?|paypal|card|iban|wallet|voucher|balance|dollars?|euros?|pounds?|yuan|yen|usd|eur|gbp|cny|chf|currency|instal\w*)\b|\biban\b|paypal|voucher|store credit|shop credit|credit note|bank details|in (?:usd|eur|gbp|dollars|euros|pounds|yuan|cny|chf)\b|deduct\w*|keep back|(?:on|to|into) my (?:\w+ )?(?:account|wallet)"),
    ("hold", r"(?:don'?t|do not|not|never) (?:\w+ )?(?:ship|send|dispatch|post)\w* (?:\w+ ){0,4}?(?:before|until|till|yet)\b|\bwait\b|back ?order|pre-?order"),
    ("variant", r"sold out|(?:is|are|has|have) (?:been |all )?(?:gone|finished|run out)\b|ran out of|not available|not to be had|out of stock|in stock|instead of|substitut\w*|alternative\w*|unavailable|discontinued|no longer (?:made|available|sold)"),
    ("own_risk", r"un-?(?:tracked|registered|insured)|(?:without|no) (?:\w+ )?(?:tracking|insurance|registration|cover)\b"),
    ("route", r"(?:by|take|via|use|choose) (?:the )?(?:sea|air|rail|railway|train|lorry|truck|boat|post|economy|express|cheap\w*|slow\w*)\b"),
    ("accept", r"(?:send|ship|dispatch|release|forward|post|deliver) (?:it |them |the \w+ |this |these |everything |on )*(?:anyway|all the same|as (?:it is|they are|is)\b|regardless|nevertheless|in spite|despite|still)|(?:anyway|all the same|regardless)\W*$|(?:do not|don'?t|won'?t|wouldn'?t) mind|never mind|(?:is|are|looks?|all) (?:still |also |quite )?(?:fine|ok(?:ay)?|all right|alright|acceptable|good enough)\b|(?:fine|ok(?:ay)?|good) (?:by|with|for|to) (?:me|us|ship|send)|i (?:can |will |do )?(?:accept|agree|take (?:the|that|this) risk|live with)|i know (?:it|that|about|of|\d+)|(?:buy|order|get|take) (?:it|this one|that one|them) (?:anyway|all the same|still)|at my (?:own )?(?:risk|peril)|just (?:ship|send)|good enough|i approve|approv(?:ed|al)|no objection|(?:does not|doesn'?t|won'?t) (?:bother|matter|trouble|disturb)|go ahead|no matter|put up with|still want (?:it|them)|(?:do not|don'?t) care|(?:take|keep) (?:it|them) as (?:it is|they are|is)\b|release (?:it|them)|(?:send|ship|leave|keep|take) (?:it|them) (?:like|as) (?:this|that|shown|pictured|photographed)|i'?(?:ll| will) (?:take|keep) (?:it|them)"),
    ("value", r"declare|declaration|value|invoice|customs|gift\b|dut(?:y|ies)|(?:write|put|state|mark) (?:\w+ ){0,3}(?:\d+|as (?:a )?(?:gift|sample))"),
    ("address", r"address|(?:have|has|'ve|am|'m|just) (?:moved|moving)|moving (?:house|home|out|to)|my new (?:flat|home|house|place|street)|deliver (?:it |them )?to\b|ship (?:it |them )?to\b(?!gether)|send (?:it |them )?to\b|(?:give|hand|pass|drop) (?:it |them |the \w+ )?(?:off |over )?(?:to|at|on|in|by|with)\b|if (?:i am|i'm|we are|we're|nobody|no ?one) (?:is )?(?:out|away|not|in|home|at home)\b|porter\b|concierge|reception\b|house number|postcode|leave (?:it |them |the \w+ |everything )?(?:with|at|on|in|by|behind|under|next)|neighbou?r|safe place|pick-?up point|street|takes? it for me|may (?:take|accept|sign)|signature (?:is )?(?:not )?(?:waived|needed|required)|(?:without|no|waive \w+) signature|(?:shed|garage|carport|terrace|balcony|porch)\b"),
    ("fewer", r"leave out|left out|leave off|omit|(?:don'?t|do not|no need to) (?:send|include|add|put in)\b(?! (?:\w+ ){0,3}?(?:before|until|till|yet|off|out|anywhere))|without (?:the|a|its)\b|(?:only|just) (?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|half|\d+)\b|(?:one|two|three|four|\d+) (?:\w+ )?(?:less|instead of)|reduce|fewer|less pieces"),
    ("hold", r"\bhold\b|\bpark\b|keep (?:it|them|the \w+|my \w+|everything)\b|combine|consolidat\w*|merge|bundle|together|one (?:parcel|package|shipment|box) for|after (?:the )?holiday|delay|later|not before|until|till\b|(?:don'?t|do not) (?:ship|send|dispatch|post) (?:it |them |yet|before)|storage|stor(?:e|ing)\b (?!credit)|postpone|put (?:it |them )?aside|set (?:it |them )?aside"),
    ("inspection", r"inspect\w*|check\b|test\b|measure|photo\w*|count\b|verify|examine|power (?:it )?on|try\b"),
    ("route", r"\bair\b|\bsea\b|\brail\b|\btrain\b|express|economy|cheapest|slow\w*|\bems\b|\bdhl\b|\bfedex\b|\bups\b|carrier|line\b|route|shipping method|insur\w*"),
    ("variant", r"size|colou?r|\balter\b|\bswap\b|\bswitch\b|i meant|make (?:it|them|that)\b|version|model|variant|exchange|change|replace|plug|voltage|quantity|engrav\w*|print\w*|instead|rather than|prefer\b|(?:black|white|red|blue|green|yellow|brown|gr[ae]y|pink|purple|orange|beige|silver|gold|navy) (?:one|ones|version|\w+ (?:rather|instead|please))|\b(?:XS|S|M|L|XL|XXL) (?:please|for)"),
)  # fmt: skip


def topic(text: str) -> str | None:
    """Return what an instruction is about, as a code of `TOPICS`, or None."""
    low = text.lower()
    return next((code for code, words in TOPICS if re.search(rf"\b(?:{words})", low)), None)


ASKS = r"^\W*(?:(?:please|could you|can you|kindly|hi|hello|i (?:want|would like|need) (?:you )?to|i wonder|i am not sure|not sure)\W+)*(?:is|are|was|does|do|did|can|could|will|would|which|what|how|when|where|who|why|has|have|should|may|might|am|whether|if|check|verify|confirm|make sure|ensure|tell|find out|look|ask|test|measure|let me know|advise|recommend|know)\b"


UNSURE = r"\b(?:whether|let me know|tell me|i (?:guess|suppose|think|assume|hope|presume|believe|understand)|probably|presumably|if i (?:see|understand))\b"
SETTLES = r"^\W*(?:yes|no|correct|right|exactly|sure|indeed|of course|certainly)\W+(?:it|they|that|this|these|there|both|all|any|every|nothing|none|you (?:can|may|will|need|do|get)|(?:the|our|its) \w+ (?:is|are|was|fits?|goes|has|have|works?|comes?|holds?))\b(?! (?:is |was |has been |will be )?(?:noted|recorded|declared|written|passed))"


def asks(text: str) -> bool:
    """Whether an instruction asks us something, so that what is marked true or not is our answer, not what it says."""
    low = text.lower()
    return "?" in low or bool(re.search(ASKS, low)) or bool(re.search(UNSURE, low))


def settles(answer: str) -> bool:
    """Whether an answer of ours says itself how it is ("Yes, it fits every tap"), and does not only take note."""
    return bool(re.search(SETTLES, answer.lower()))


def declined(text: str) -> bool | None:
    """Whether an answer says that what was asked for cannot be done, or None."""
    low = text.lower()
    if re.search(
        r"cannot|can't|can not|not possible|impossible|not (?:be )?(?:able|available|offered|done|allowed)|unable|refus|declin|too late"
        r"|we do not|we don't|no longer"
        r"|already (?:\w+ )?(?:bought|ordered|purchased|shipped|sent|dispatched|left|gone|on its way|under way|packed|with the|made|paid for)",
        low,
    ):
        return True
    return (
        False
        if re.search(r"\b(?:yes|ok|okay|sure|will|done|noted|confirmed|of course|certainly|accepted|cancelled)\b", low)
        else None
    )


YES = r"yes\b|yep\b|ok\b|okay\b|fine\b|sure\b|agree\w*|go ahead|please do|accept\w*|confirm\w*|all ?right|good\b|works for me|do it|buy it|send it|ship it|i (?:know|understand|have)|understood|of course|certainly|gladly|right\b|(?:can|will|'ll) wait"
NO = r"no\b|nope\b|don'?t|do not|not\b|never\b|refus\w*|rather (?:not|have)|declin\w*|cancel\w*|too (?:expensive|dear|much)|unnecessary"
NO_BUT_YES = r"no (?:problem|objections?|worries|issue)|(?:don'?t|do not|won'?t) mind|not a problem|why not"
SAID = re.compile(
    r"\b(?:customer|buyer|client|answer|reply|he|she|they)(?: (?:said|answered|replied|wrote))?\W*:\s*(.+)",
    re.IGNORECASE,
)


def agreed(answer: str) -> bool | None:
    """Whether an answer to an offer is a yes or a no, by what it begins with, or None."""
    low = re.sub(NO_BUT_YES, "yes", answer.lower().replace("’", "'"))
    yes, no = re.search(rf"\b(?:{YES})", low), re.search(rf"\b(?:{NO})", low)
    if yes and no:
        return yes.start() < no.start()
    return True if yes else False if no else None


def answer_within(text: str) -> str:
    """Return the customer's answer that is noted within an offer ("…; customer: yes, fine"), or nothing."""
    found = SAID.search(text)
    return found[1] if found else ""


# Families of risks: a warning and a later account tell of the same where both have a word of one family.
HAZARDS = {
    "water": r"water|rain|wet\b|damp|humid|moist|bath|pool\b|swim|swam|shower|div(?:e|ed|ing)\b|dishw|submer|puddle|snorkel|surf(?:ed|ing)|kayak|sea\b|lake\b|river|ocean|sauna|aquarium|hose\b",
    "laundry": r"wash|tumbl|spin\b|laundry|bleach|iron(?:s|ed|ing)?\b|dryer|programme|rins(?:e|ing)|[3-9][05] ?(?:degrees?|°)",
    "heat": r"heat|hot\b|boil|oven|microw|dishw|fire\b|flame|stove|hob\b|sun\b|sunl|candle",
    "stove": r"stove|hob\b|hot ?plate|induction|burner|cook(?:er|ing) (?:top|plate)|gas flame|grill|barbecue|bbq",
    "cold": r"freez|frost|winter",
    "outdoors": r"outdoor|outside|garden|balcony|terrace|rain|sun\b|sunl",
    "mains": r"volt|2[2-4]0 ?v|socket|wall\b|outlet|mains|adapt[eo]r|convert|transform",
    "load": r"overload|max(?:imum|\b)|\bkg\b|kilos?\b",
    "animals": r"child|toddler|dogs?\b|cats?\b",
    "fit": r"small|tight|narrow|shr[iu]nk",
    "colour": r"fad(?:e|es|ed|ing)\b|stain|bleed",
}
COMPLIED = r"by hand\b|hand[- ]?washed|(?:with|through|via|using|used) (?:a|an|the|my|our|your)? ?(?:[\w-]+ ){0,2}(?:converter|transformer|adapt[eo]r)|as (?:you |was |were |i was )?(?:told|warned|advised|instructed|recommended|described)|followed|according to|(?:only|never) (?:hand|dry)|carefully|normal|leaks?\b|leaking|drips?\b|dripping"
NOT_COMPLIED = (
    r"(?:no|without|forgot|had no|missing) (?:a |an |the |any )?(?:[\w-]+ )?(?:converter|transformer|adapt[eo]r)"
)


def same_risk(warning: str, account: str, goods: str) -> bool:
    """Whether an account tells of just the risk that a warning named: both have a word of one family, the goods none."""
    low = account.lower()
    if re.search(NOT_COMPLIED, low) is None and re.search(COMPLIED, low):
        return False
    named = _risks(warning) & _risks(low)
    return bool(named - _risks(goods))


def _risks(text: str) -> set[str]:
    return {name for name, marks in HAZARDS.items() if re.search(rf"\b(?:{marks})", text.lower())}


_MAINS_SAID = re.compile(
    r"\bvolt|\b(?:110|115|117|120|127|220|230|240)(?: ?v\b|(?! ?(?:g|kg|ml|l|mm|cm|w|pcs|pieces|usd|eur|euros?|dollars?|yuan)\b))|\bplugs?\b"
    r"|\b(?:transformer|converter|adapt[eo]r|sockets?|outlets?)\b"
)


def risks_told(text: str) -> set[str]:
    """Return the families of risks that words name, voltage and plug in any form among them."""
    return _risks(text) | ({"mains"} if _MAINS_SAID.search(text.lower()) else set())


_WARNS = re.compile(
    r"\b(?:only|not|without|needs?|requires?|slow\w*|weak\w*|hardly|burns?|differ\w*|attention|careful|caution|risk\w*|warn\w*|damage\w*|breaks?|cannot|other voltage)\b|n't\b"
)


def warns(text: str) -> bool:
    """Whether what we told has a word of warning, and is no promise that all is well."""
    return bool(_WARNS.search(text.lower()))


PLACES = r"neighbou?r|porter|concierge|reception|caretaker|garage|shed|terrace|porch|balcony|shop|kiosk|bakery|locker|colleague|mother|father|wife|husband|son|daughter|brother|sister|friend|secretary|guard|doorman|office|back door|front door|doorstep|step|mail ?room|pharmacy|school|carport|veranda|cellar|hall|letter ?box|mailbox|mat|bench|greenhouse|barn|canteen|gatehouse|landlord|landlady|flatmate|roommate"
FORBIDS = r"\b(?:never|not|don'?t|do not|no)\b (?:\w+ ){0,3}?(?:leave|give|hand|put|drop|neighbou?r|with|at)\b"


def where_told(told: str, place: str, own: str) -> bool | None:
    """Whether goods went where the customer had told, by house number, name or kind of place; None where it is open.

    Numbers of the `own` address say nothing; a place that was ruled out answers the other way round.
    """
    low, there = told.lower(), place.lower()
    wanted = _numbers(re.sub(r"\bnot (?:number |no\.? )?\d+\w?", "", low)) - _numbers(own.lower())
    named = set(re.findall(PLACES, low)) | {name.lower() for name in re.findall(r"(?<=\w )[A-ZÀ-Ý][\w'-]{3,}", told)}
    # The ordered town itself says nothing.
    named -= set(re.findall(r"[\w'-]+", own.lower())) - set(re.findall(PLACES, own.lower()))
    found: bool | None = None
    if wanted:
        seen = _numbers(there)
        found = bool(wanted & seen) if seen else None
    if not found and any(re.search(rf"\b{re.escape(name)}", there) for name in named):
        found = found is None or None
    if re.search(FORBIDS, low):
        return False if found else None
    return found


def _numbers(text: str) -> set[str]:
    return set(re.findall(r"\b\d{1,4}[a-z]?\b", text))
