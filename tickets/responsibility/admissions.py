"""What customers tell of themselves: an address of their own mistake, a parcel kept in the wet, who took it, a limit passed.

The same kind of vocabulary as `words.py`: it answers only where the words are clear.
"""

import re

from . import wishes, words

_SENTENCE = re.compile(r"[.!?;\n]+(?!\d)")
_IT = r"(?:it|them|this|that|everything|all|(?:the|my|our|this|that) (?:\w+ )?\w+)"

# Where a parcel went that was addressed as ordered: who admits this gave the address.
_OLD = r"(?:wrong|old|former|previous|last|incorrect|incomplete|outdated|mistaken|parents?\W?s?|ex\W?s?)"
_PLACE = r"(?:address\w*|house|street|road|number|flat|apartment|unit|door|entrance|building|floor|(?:company |family |sur|last )?name|postcode|post ?code|zip(?: code)?|city|town|place|home)"
OWN_ADDRESS = (
    rf"(?:forgot\w*|forgotten|fail\w*|neglect\w*|omitt\w*|did ?n[o'’]?t|did not|never|missed|should have|overlooked|have ?n[o'’]?t|not yet)(?: \w+)? (?:to )?(?:\w+ )?(?:chang|updat|correct|amend|tell|told|inform|edit|adjust|delet|remov|replac|check|notic|add|writ|mention|giv|put|enter|switch)\w* (?:\w+ ){{0,6}}?(?:{_PLACE}|you|account|profile|details|anyone|it)\b"
    rf"|(?:typed|wrote|written|entered|gave|given|put|chose|chosen|selected|picked|clicked|filled|left|used|had|have|took|ordered|sent|is|was|were|still)\b (?:\w+ ){{0,6}}?{_OLD} (?:\w+ ){{0,2}}?{_PLACE}\b"
    rf"|(?:forgot|omitted|left out|left off|missed|without) (?:\w+ ){{0,2}}?(?:my |the |our )(?:\w+ )?{_PLACE}\b"
    rf"|{_OLD} (?:\w+ ){{0,2}}?{_PLACE} (?:was |is |were )?(?:still |automatically )?(?:saved|stored|in my|in the|filled|preset|chosen|selected|used|on file|default)"
    r"|my (?:own )?(?:mistake|fault|error|typo|slip|oversight|bad)\b|(?:hit|pressed|struck|tapped|ticked) (?:\w+ )?wrong (?:key|button|line|field|box)|(?:i|we) meant (?:\w+ ){0,2}?\d+|typo\b|mistyp\w*|misspel\w*|(?:typed|wrote|written|entered|gave|given|put|chose|ordered|sent|clicked|picked)\b[^,;.]*\b(?:by|in) (?:mistake|error|accident)|(?:mixed|mix) up (?:the |my |two )?(?:\w+ )?(?:numbers?|digits?|address\w*)|(?:swapped|transposed) (?:the |two )?(?:\w+ )?(?:numbers?|digits?)|autofill\w*|auto-?complete\w*"
    r"|(?:i|we) used to live|overlooked (?:it|that|this)\b|(?:is|was|were) (?:missing|incomplete|left out) (?:in|from|on) (?:my|our) (?:\w+ )?(?:order|address|account|profile)"
    r"|(?:i|we)(?: have|'ve| had|'d)? (?:just |recently |already |since |meanwhile |\w+ly )?moved\b(?! (?:here|in here|it|them|the|this))|no longer (?:live|living|reside)|(?:do not|don't) live there|not live there any"
)
_TOLD_YOU = r"\b(?:told|informed|wrote|emailed|e-?mailed|mailed|messaged|notified|called|asked|warned) (?:\w+ )?(?:you|your|support|the agent|customer service|the chat|the seller)\b|\b(?:gave|sent) you (?:\w+ ){0,2}?(?:new|right|correct)\b|\byou (?:\w+ ){0,2}?(?:confirmed|promised|changed|mixed|wrote|printed|forgot|sent|used)|your (?:mistake|fault|error|typo|oversight|side)|\bin time\b|(?:carrier|driver|courier|post\w*)\W?s? (?:\w+ )?(?:mistake|fault|error)|not my (?:mistake|fault|error)"

_OTHERS = r"\b(?:driver|courier|postman|postwoman|mailman|carrier|post office|warehouse|label|your|delivered|agent)\b"


def own_address(text: str) -> bool:
    """Whether the customer admits to have given the address that it went to: an old one, a slip of the pen."""
    low = text.lower().replace("’", "'")
    told = re.search(_TOLD_YOU, low)
    if told and not re.search(r"(?:forgot|never|not|n't|failed)\W+(?:\w+\W+){0,3}?$", low[: told.start()]):
        return False
    own = ", ".join(clause for clause in words.clauses(low) if not re.search(_OTHERS, clause))
    return bool(re.search(rf"\b(?:{OWN_ADDRESS})", own))


_KEPT = r"(?:put|left|leave|stood|placed|stored|kept|keep|parked|forgot|forgotten|set|stowed|dumped|deposited|hid|carried|had|took|moved|(?:drove|rode|cycled|walked|went|came) (?:\w+ ){0,3}?with)"
_OPEN_AIR = (
    r"(?:outside|outdoors?|in the (?:open|rain|wet|damp|sun)|beside|behind|garden|yard|shed|balcony|terrace|patio|porch|lawn|roof|driveway|carport|garage|cellar"
    r"|basement|bathroom|laundry|car|boot|trunk|pick-?up|trailer|boat|barn|veranda|stairs|steps|bench|bike)\b"
)
_RAINED = r"\b(?:rain\w*|pour(?:ed|ing)|wet|snow\w*|flood\w*|damp|sprinkler\w*|storm\w*|thunder\w*|drizzl\w*|drench\w*|soak\w*|humid\w*|water\w*|hose\w*|mou?ld\w*|shower\w*|cloudburst|hail\w*|sleet|downpour|typhoon|bucket\w*)\b"
_STOOD = rf"(?:stood|sat|lay|was (?:left |lying |standing |sitting |kept )?|been|remained|stayed|waited) (?:\w+ ){{0,5}}?{_OPEN_AIR}"
_UNTIL = r"(?:before|until|till|when|by the time|as) (?:i|we|my \w+) (?:\w+ ){0,3}?(?:open|unpack|got|get|came|come|brought|took|carr|found|fetch|had time|return|moved|look)\w*|(?:after|since) (?:i|we) (?:had )?(?:signed|received|accepted|took)"
_BY_CARRIER = (
    r"\b(?:driver|courier|postman|postwoman|carrier|mailman|delivery|neighbou?r|somebody|someone|they|he|she|you)\b"
)
_HOUSE_WATER = (
    r"\b(?:my|our) (?:\w+ )?(?:cellar|basement|flat|kitchen|bathroom|pipe|washing machine|roof|aquarium|boiler|heating|radiator|dishwasher|sink|tap|hallway|garage|house|apartment|water pipe|bathtub|toilet|fridge|neighbou?r above|upstairs neighbou?r)\w* (?:\w+ ){0,3}?(?:flood\w*|burst|leak\w*|overflow\w*|dripp\w*|broke|ran over|under water|let water)"
    r"|\b(?:(?:water )?pipes? (?:\w+ ){0,3}?burst|burst (?:water )?pipes?|(?:leak|flood|burst) (?:in|from|at) (?:the|my|our) (?:\w+ )?(?:ceiling|bathroom|flat|cellar|basement|house|building|kitchen|roof|upstairs)|water damage (?:in|at) (?:my|our)|flood(?:ed|ing)? (?:in|at|of) (?:my|our))"
    r"|\b(?:i|we|my \w+|our \w+) (?:\w+ ){0,3}?(?:spilled|spilt|knocked over|poured|tipped) (?:\w+ ){0,5}?(?:water|coffee|tea|juice|wine|beer|milk|drink|glass|cup|vase|bucket)"
)


def kept_in_wet(text: str, handed_over: bool) -> bool:
    """Whether the customer tells that it stood in the wet in its own keeping.

    `handed_over`: somebody took it from the carrier, so that what "stood outside" had been put there by the household.
    """
    low = text.lower().replace("’", "'")
    if words.says(low, _HOUSE_WATER) and not re.search(
        r"\b(?:depot|hub|warehouse|courier|carrier|truck|lorry|van)\b", low
    ):
        return True
    wet = re.search(_RAINED, low)
    for sentence in _SENTENCE.split(low):
        by_me = re.search(
            rf"(?:\b(?:i|we|my \w+)\b|^\W*(?:picked|took|brought|signed|got|fetched|put|left|drove|carried|stored|kept|had))(.*?)\b{_KEPT} {_IT}(?! (?:\w+ ){{0,2}}?(?:from|out of)\b) (?:\w+ ){{0,6}}?{_OPEN_AIR}",
            sentence,
        )
        if wet and by_me and not re.search(_BY_CARRIER, by_me[1]):
            return True
        stood = re.search(_STOOD, sentence)
        if wet and stood and handed_over and re.search(rf"\b(?:{_UNTIL})", low):
            return not re.search(_BY_CARRIER, sentence[: stood.start()])
    return False


# Who takes a parcel for somebody with its will: the household, and those whom it pays for it.
_MINE = (
    r"(?:forwarder|freight (?:forwarder|agent|company)|shipping (?:agent|company)|re-?shipper|forwarding (?:company|agent|service|address)|consolidator|agent|broker|company|office|firm|employer"
    r"|colleague|co-?worker|boss|secretary|assistant|employee|staff|wife|husband|spouse|partner|fiance\w*|mother|mum|mom|father|dad|parents|son|daughter|child|brother|sister"
    r"|friend|girlfriend|boyfriend|cousin|uncle|aunt|grand\w+|nephew|niece|in-law|flat-?mate|room-?mate|house-?mate|nanny|au pair|cleaner|housekeeper|warehouse|subtenant|lodger|guest|teenager|kid|post ?room|mail ?room|goods[- ]in|receiving dock)"
)
_TOOK = r"(?:signed|sign|took|taken|received|accepted|got (?:it|the|this|my)|collected|had it|has it|have it|picked (?:it|the)|brought it|let (?:him|the)|opened the door|put it|handed)"
TAKEN_IN = rf"(?:my|our) (?:own |\w+ )?(?:\w+ )?{_MINE}s?(?:-in-law)?\b (?:(?!(?:not|never|nothing|nobody|no)\b)[\w'-]+ ){{0,7}}?{_TOOK}\b(?! (?:nothing|no\b|none|neither))"
_NOT_TAKEN = r"\b(?:not|never|n't|nothing|nobody|no one|none)\b (?:\w+ ){0,3}?(?:sign|took|take|receiv|accept|got|get|collect|came|arriv)\w*|\bwithout (?:my|our)|\bforged|\bnot (?:his|her|their|my) (?:signature|name)"


def taken_in(text: str) -> bool:
    """Whether the customer tells that somebody of its own took the parcel: the household, the office, its forwarder."""
    low = text.lower().replace("’", "'")
    return bool(re.search(rf"\b{TAKEN_IN}", low)) and not re.search(_NOT_TAKEN, low)


_STREETS = {
    "street",
    "road",
    "lane",
    "avenue",
    "square",
    "house",
    "suite",
    "unit",
    "flat",
    "floor",
    "drive",
    "court",
    "place",
}


def as_addressed(where: str, address: str) -> bool:
    """Whether a delivery note names the receiver whom the ordered address names ("c/o Harbour Forwarding")."""
    low = where.lower()
    if re.search(r"\b(?:named|given|mentioned|written|stated) (?:in|on) the (?:address|label|order)\b", low):
        return not re.search(r"\bnot (?:the (?:one|person) )?(?:named|given|mentioned)", low)
    taker = re.search(
        r"\b(?:received|signed|accepted|taken|taken in|taken over|stamped|checked in|booked in|stamp|signature)(?: for)? (?:by|at|of) ((?:\w+ ?){1,4})",
        low,
    )
    first = address.lower().split(",")[0]
    if taker is None and not re.search(r"\d", first):
        taker = re.search(r"\b(?:handed|given|delivered|passed|left)(?: over)? (?:to|with|at) ((?:\w+ ?){1,4})", low)
    if taker:
        held = set(re.findall(r"[^\W\d]{4,}", first)) - _STREETS
        if held & set(re.findall(r"[^\W\d]{4,}", taker[1])):
            return True
    named = re.search(r"\b(?:c/o|care of|attn\.?)\b[ .:]*([^,;\d]+)", address.lower())
    names = set(re.findall(r"[^\W\d]{4,}", named[1])) - _STREETS if named else set()
    return any(re.search(rf"\b{re.escape(name)}\b", low) for name in names)


_FORBIDS = re.compile(
    r"\bhand[- ]?wash|\bdry[- ]clean|\b(?:not|never|no|don't|avoid|un-?suitable|isn't|only|keep (?:away|dry|out))\b"
)
_INDOOR = re.compile(
    r"\b(?:indoors?|interior|inside) (?:use )?only\b|\bonly (?:for |to be used )?(?:use )?(?:indoors?|inside)\b|\bfor indoor use\b"
)
_UNIT = r"(?P<unit>kg|kgs|kilos?|kilograms?|lbs?|pounds?|°\s?c|degrees?|celsius|volts?|v|watts?|w|amps?|litres?|liters?|l|persons?|people|psi|bar|m|metres?|meters?)\b"
_MOST = re.compile(
    rf"(?:max(?:imum|\.)?|up to|limit(?:ed)?(?: to)?|no more than|not more than|at most|not (?:over|above)|load(?: limit| capacity)?|≤|<=?)\W*(?:[a-z]+ ){{0,3}}?(?P<n>\d+(?:[.,]\d+)?)\s*{_UNIT}"
)
_MOST_AFTER = re.compile(
    rf"(?P<n>\d+(?:[.,]\d+)?)\s*{_UNIT}\W*(?:\d+ ?[a-z]+ )?(?:only\b|max\b|maximum|limit|at most|load limit)"
)
_AMOUNT = re.compile(rf"(?P<n>\d+(?:[.,]\d+)?)\s*{_UNIT}")
_SAME_UNIT = {
    **dict.fromkeys(("kgs", "kilo", "kilos", "kilogram", "kilograms"), "kg"),
    **dict.fromkeys(("lbs", "lb", "pound", "pounds"), "lb"),
    **dict.fromkeys(("degree", "degrees", "celsius"), "°c"),
    **dict.fromkeys(("volt", "volts"), "v"),
    **dict.fromkeys(("watt", "watts"), "w"),
    **dict.fromkeys(("amp", "amps"), "a"),
    **dict.fromkeys(("litre", "litres", "liter", "liters"), "l"),
    **dict.fromkeys(("person", "persons"), "people"),
    **dict.fromkeys(("metre", "metres", "meter", "meters"), "m"),
}


def limits(made_for: str) -> tuple[list[str], str]:
    """Return the clauses that forbid a use ("not for swimming", "indoor use only"), and the rest of the words."""
    forbidden, rest = [], []
    for clause in words.clauses(made_for.replace("'", " ").replace("’", "'")):
        if _INDOOR.search(clause):
            forbidden.append("not outdoors, not in the rain")
        elif _FORBIDS.search(clause):
            forbidden.append(clause)
        else:
            rest.append(clause)
    return forbidden, ", ".join(rest)


def beyond_limits(made_for: str, account: str) -> bool:
    """Whether the customer tells of just the use that specification or label rules out, or of more than they allow."""
    low = account.lower().replace("’", "'")
    forbidden, rest = limits(made_for)
    if any(wishes.same_risk(clause, low, rest) for clause in forbidden):
        return True
    allowed = _amounts(_MOST, made_for.lower()) | _amounts(_MOST_AFTER, made_for.lower())
    used = _amounts(_AMOUNT, low)
    # Mains of one kind differ by a few volts.
    return any(used.get(unit, 0) > most * (1.2 if unit == "v" else 1) for unit, most in allowed.items())


def _amounts(pattern: "re.Pattern[str]", text: str) -> dict[str, float]:
    """Return the largest number of each unit that the pattern finds."""
    found: dict[str, float] = {}
    for match in pattern.finditer(text):
        unit = re.sub(r"\s", "", match["unit"])
        unit, number = _SAME_UNIT.get(unit, unit), float(match["n"].replace(",", "."))
        found[unit] = max(number, found.get(unit, number))
    return found


_DUE = r"(?:dut(?:y|ies)|customs(?: duties| fees| charges| costs)?|import (?:tax\w*|charges|fees|costs|dut\w+)|tax(?:es)?|vat)"
DUTY_INCLUDED = (
    rf"{_DUE}(?: and (?:\w+ )?\w+)? (?:(?:is|are|was|were|fully|already|all) )*(?:included|inclusive|incl\b|pre-?paid|covered|paid by (?:us|the seller|the shop|the sender|seller|sender))"
    rf"|(?:incl\w*|prices? with|inclusive of|covers|covering|contains) (?:all |any |the |import |every )*{_DUE}(?! (?:not|excluded|extra))"
    r"|deliver(?:ed|y),? dut(?:y|ies)[- ]paid|\bddp\b|dut(?:y|ies)[- ]paid (?:delivery|shipping|service|price)"
    r"|no (?:further|extra|additional|hidden|more|other|surprise) (?:import )?(?:costs?|charges?|fees?|dut\w+|tax\w*|payments?)|nothing (?:more |else |extra )?to pay\b|nothing (?:comes )?on top|all[- ]in(?:clusive)?\b(?: price)?|landed (?:cost|price)"
)


# Duty is no part of the price, or the paper is the bill of who collected it.
_COLLECTED = rf"\bdap\b|unpaid|you (?:will |would |have to |must |need to )?pay|(?:pay\w*|due|collect\w*|charged) (?:\w+ ){{0,2}}?(?:at|on|upon) (?:arrival|delivery|the door|your)|\b(?:not|excl\w*|without|plus) (?:\w+ ){{0,2}}?(?:includ\w+|{_DUE})|\b(?:courier|carrier|driver|receipt|bill|dhl|ups|fedex|post office|customs office)\b"


def duty_included(text: str) -> bool:
    """Whether an offer, an invoice or a specification says that the price has the duty in it."""
    return words.says(text, DUTY_INCLUDED) is True and not re.search(_COLLECTED, text.lower())
