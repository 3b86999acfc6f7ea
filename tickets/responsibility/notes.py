"""What carriers' and officers' notes tell beside the goods: customs' tape, money at the door, a refusal and its reason.

The same kind of vocabulary as `words.py`: it answers only where the words are clear.
"""

import re

from . import words

_OFFICE = r"(?:customs|border \w+|officers?|inspectors?|officials?)"
_HANDLED = r"(?:opened|re-?opened|re-?sealed|re-?taped|closed|unpacked|re-?packed|inspected|examined|searched|cut open)"
BY_CUSTOMS = (
    rf"customs\W?s? (?:\w+ )?(?:tape|seal|strip|sticker|band|stamp|notice)\b|(?:tape|seal|sticker|strip|stamp|band) (?:of|from|by) (?:the )?{_OFFICE}"
    rf"|{_HANDLED} (?:\w+ )?by (?:the )?(?:\w+ )?{_OFFICE}|inspection (?:tape|seal)|official (?:tape|seal)|{_OFFICE} (?:has |have |had )?{_HANDLED}"
)


def by_customs(text: str) -> bool:
    """Whether tape, seal or words show that customs had the parcel open."""
    return words.says(text, BY_CUSTOMS) is True


_COMPLETE = (
    r"\b(?:nothing (?:was |were |has been )?(?:removed|taken|retained|withheld|kept|missing)|without (?:removal|taking (?:any|out)|samples?)"
    r"|no (?:goods|samples?|items?|pieces?|contents?) (?:were |was |have been )?(?:taken|removed|retained|kept|withheld|drawn)"
    r"|(?:contents?|goods|quantity|everything|all (?:items|pieces|goods)) (?:is |are |was |were |found |all )*(?:complete|unchanged|all there|put back|replaced in full|returned to the box))\b"
)


def left_complete(text: str) -> bool:
    """Whether customs write that they took nothing out."""
    return bool(re.search(_COMPLETE, text.lower()))


_DUE = r"(?:dut(?:y|ies)|vat|tax(?:es)?|customs|fees?|charges?|import \w+)"
_WHO = r"(?:driver|courier|carrier|postman|postwoman|post(?: office)?|dhl|ups|fedex|dpd|gls)"
_ASKS = r"(?:collect\w*|cash(?:ed)?|demand\w*|charged|asked|took|taken|wanted|wants|billed)"
_SUM = r"(?:\d+ ?(?:\w+ )?|€|\$|£|cash|money)"
COLLECTED = (
    rf"{_DUE}\W+(?:\w+\W+){{0,4}}?{_ASKS}|{_ASKS} (?:\w+ ){{0,4}}?{_DUE}|{_SUM}(?:\w+ ){{0,2}}?{_ASKS}|cash on delivery|\bcod\b"
    rf"|{_WHO}\W?s? (?:\w+ ){{0,2}}?(?:receipt|bill|invoice|slip|{_ASKS})|(?:receipt|bill|invoice|slip) (?:of|from|by) (?:the |my )?{_WHO}\b"
    rf"|(?:did not|didn't|would not|wouldn't|refus\w+ to|not) pay (?:\w+ ){{0,4}}?{_DUE}|{_DUE} (?:\w+ )?(?:unpaid|not paid|refused)"
)


def collected(text: str, *, by_customer: bool = False) -> bool:
    """Whether the carrier asked for duty at the door; in the customer's papers the carrier must be named."""
    low = text.lower()
    if by_customer and not (re.search(rf"\b{_WHO}\b", low) and re.search(rf"\b{_DUE}|\bcash\b", low)):
        return False
    return words.says(low, COLLECTED) is True


_CAME = r"(?:rang|rung|ring|knock\w*|show\w*|appear\w*|turn\w* up|tried|try|attempt\w*|came|come)\b"
_DENIED = (
    r"\b(?:(?:never|not|n't) (?:\w+ ){0,2}?refus\w*|no (?:attempt|visit)\b"
    rf"|(?:nobody|no ?one|no-one|no {_WHO}) (?:ever |even |has |had |from the \w+ )*{_CAME}|{_WHO} (?:has |had )?(?:never (?:even )?|(?:did not|didn't) (?:even )?){_CAME}"
    r"|(?:was|were|been) (?:at )?home (?:all|the whole|that|the entire))\b"
)


def attempt_denied(text: str) -> bool:
    """Whether the customer denies that a delivery was tried, or that it was refused."""
    return bool(re.search(_DENIED, text.lower().replace("’", "'")))


_NOT_LISTED = (
    r"\b(?:not (?:\w+ ){0,3}?(?:on|in|among|listed|named|included|part|mentioned)\b|(?:missing|absent) (?:on|from|in)\b|without (?:this|our|the) (?:number|parcel)"
    r"|(?:does|do) not (?:list|name|show|include|contain|mention)|(?:lists?|names?|is for|of|for) (?:only )?(?:other|another|different) (?:parcels?|numbers?|orders?|shipments?))"
)


def names_others(receipt: str) -> bool:
    """Whether a receipt of the hand-over does not name this parcel."""
    return bool(re.search(_NOT_LISTED, receipt.lower()))


def refused_damaged(note: str) -> bool:
    """Whether the note of a refusal says that the parcel was damaged or wet."""
    return words.attempt_failed(note) == "refused" and words.box(note, "box") in ("damaged", "wet")


_LOW = re.compile(r"\b1[0-2]\d ?-?v(?:olts?)?\b")
_HIGH = re.compile(r"\b2[2-4]0 ?-?v(?:olts?)?\b")
_BOTH = re.compile(
    r"\b1[0-2]\d ?v?(?:olts?)? ?(?:-|–|to|/|and|or) ?2[2-4]0|dual|universal|multi-?volt|world ?wide voltage"
)


def mains_unfit(goods: str, country: str) -> bool:
    """Whether goods are made for mains of another voltage than those of the country that they go to."""
    low = goods.lower()
    if not country or _BOTH.search(low):
        return False
    wants_low, wants_high = bool(_LOW.search(low)), bool(_HIGH.search(low))
    return wants_low not in (wants_high, country in words.LOW_MAINS)
