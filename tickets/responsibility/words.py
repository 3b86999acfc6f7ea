"""What short texts of people say: a photo shows a crushed box, a letter asks for an invoice.

A small English vocabulary, read clause by clause with its negations. It answers only where the words are clear; None
means that they are not, and a person can record what the picture shows as a finding.
"""

import re

CLAUSE = re.compile(r"[,.;:!?()\n/]| but | although | though | and the | while | with the ")
NEGATION = re.compile(
    r"\b(?:no|not|without|never|none|neither|nor|free (?:of|from)|zero|isn't|wasn't|aren't|doesn't|nothing|hardly|nobody)\b"
)
# How many words a negation reaches: "no visible crack or dent" denies both.
REACH = 4
SUBJECTS = {
    "seal": r"\bseals?\b|\btap(?:e|ed|ing)\b|\bre-?taped\b|\bresealed\b",
    "padding": r"\bpadding\b|\bcushion\w*|\bbubble\b|\bfoam\b|\bfiller\b|\bvoid fill\b|\blayers?\b|\binner packing\b|\bpadded\b|\bsheets? of (?:news)?paper\b|\bnewspaper\b",
    "label": r"\blabels?\b|\bwaybill\b|\baddress\b",
    "box": r"\bbox(?:es)?\b|\bflaps?\b|\bcartons?\b|\bparcels?\b|\bpackages?\b|\bpackaging\b|\bouter\b|\bcardboard\b|\bmailer\b"
    r"|\benvelope\b|\ball six sides\b|\bsix sides\b|\bpacket\b",
}
INSIDE = re.compile(
    r"\b(?:inner|retail|gift|product|maker\W?s) (?:box|carton|packaging)\b|\bshoe ?box\b|\bwhite box\b|\bcolou?r box\b|\bin (?:the |its |a )?box\b"
)
# What lies in the box, or what is left of it.
CONTENTS = (
    r"\bcontents?\b|\bgoods\b|\bshards?\b|\bsplinters?\b|\bfragments?\b|\bpieces\b|\b(?:item|product) (?:is |was )?"
)
HURT = (
    r"crush\w*|dent(?:s|ed)?\b|torn|tears?\b|burst|holes?\b|punctur\w*|squash\w*|collaps\w*|broken|break|broke\b|crack\w*|shatter\w*"
    r"|split|scratch\w*|chip(?:s|ped)?\b|bent|smash\w*|ripp?(?:ed)?\b|deform\w*|damag\w*|caved|mangled|pieces\b|shards?\b|snapped"
    r"|impact|bulg\w*|flattened|blow\b|fractur\w*|warped|pushed[- ]in|pressed[- ]in|stove|flat on|squeezed|ripped"
    r"|slash\w*|slit\b|gash\w*|sawn|pierc\w*|perforat\w*|gouge\w*|ruptur\w*|fray\w*|sunk(?:en)?\b|buckl\w*|crumpl\w*|trampl\w*|chewed|gnawed|bitten|nibbled"
    r"|mashed|dinged|kinked|cuts? (?:in|along|across|through|over|on)\b|(?:deep|long|straight|knife) cuts?\b"
)
MARKS = r"marks?\b|traces?\b|sign of|signs of"
WET = r"wet\w*|water\w*|soak\w*|damp\w*|moist\w*|rain\w*|mou?ld\w*|drenched|tide ?marks?|humid\w*|flood\w*"
SOUND = (
    r"intact|undamaged|sound\b|whole\b|unharmed|pristine|good condition|perfect|unmarked|flawless|fine\b|unbroken"
    r"|as new|clean\b|dry\b|good order|ok\b|okay\b|uncrushed|undented|unhurt|uninjured|unscathed|unblemished|unbruised|untorn|unopened"
    r"|faultless\w*|spotless|immaculate|like new|mint condition|neat\b|tidy|in shape|in one piece|(?:best|fine|proper|perfect) (?:order|condition|shape)"
    r"|(?:edges|corners|sides|faces)(?: \w+){0,2} (?:are |all )?(?:straight|sharp|crisp|square|even|smooth)|(?:straight|sharp|crisp|square) (?:edges|corners|sides)"
    r"|square and|and square\b|not a (?:mark|scratch|dent|scuff)"
)
OPENED = r"opened|re-?taped|re-?sealed|cut\b|tamper\w*|slit|broken|torn|second (?:layer of )?tape|other tape|two kinds|different tape"
REOPENED = (
    r"re-?taped|re-?sealed|tamper\w*|already|second (?:layer of )?tape|other tape|two kinds|different tape|before"
)
SEALED = r"sealed|unopened|intact|untouched|unbroken|original"


# A clause that begins so goes on about what the one before named.
CONTINUES = re.compile(
    rf"(?:no|not|without|with|from|all|on|at|in|one|also|slightly|heavily|badly|and|still|neither|never|{HURT}|{WET}|{SOUND})\b"
)


def clauses(text: str) -> list[str]:
    """Return the text's clauses, lower case."""
    return [part.strip() for part in CLAUSE.split(f" {text.lower()} ") if part.strip()]


def says(text: str, pattern: str) -> bool | None:
    """Return True where a clause says it, False where each mention is denied ("no crack"), None where none is made."""
    found: bool | None = None
    for clause in clauses(text):
        for match in re.finditer(rf"\b(?:{pattern})", clause):
            if _denied(clause, match.start()):
                found = found or False
            else:
                return True
    return found


def _denied(clause: str, at: int) -> bool:
    before = clause[:at]
    denials = list(NEGATION.finditer(before))
    return bool(denials) and len(before[denials[-1].end() :].split()) <= REACH


def about(text: str, subject: str, default: str = "item") -> str:
    """Return the clauses that speak of `subject`: box, seal, padding, label, or the item where none of them is named.

    A clause without a subject goes on with that of the clause before ("box intact, no dents").
    """
    kept, current, before = [], default, ""
    for clause in clauses(text):
        named = next((name for name, words in SUBJECTS.items() if re.search(words, clause)), None)
        if named is None and re.search(CONTENTS, clause):
            named = "item"
        if named == "box" and INSIDE.search(clause):
            named = "item" if "in" in clause.split() else "inner"
        elif named is None and (not CONTINUES.match(clause) or contrasts(before, clause)):
            named = default
        current, before = named or current, clause
        if current == subject:
            kept.append(clause)
    return ", ".join(kept)


def contrasts(before: str, after: str) -> bool:
    """Whether a clause tells of harm after one that tells of none: "carton unhurt, shards" goes on about something else."""
    harmed = says(after, HURT) or says(after, WET)
    return bool(harmed) and says(before, HURT) is not True and not says(before, WET) and state(before) == "sound"


def state(text: str) -> str | None:
    """Return "damaged", "wet" or "sound" for words about one thing, or None."""
    hurt, wet, sound = says(text, HURT), says(text, WET), says(text, SOUND)
    if wet and not re.search(r"waterproof|water[- ]resist", text):
        return "wet"
    if hurt or sound is False:
        return "damaged"
    if sound or hurt is False or wet is False or says(text, MARKS) is False:
        return "sound"
    return None


def box(text: str, default: str = "item") -> str | None:
    """Return how the outer box is shown: "damaged", "wet", "sound" or None."""
    return state(about(text, "box", default))


def item(text: str) -> str | None:
    """Return how the item is shown: "damaged", "wet", "sound" or None."""
    return state(about(text, "item"))


def opened(text: str, *, unboxing: bool = False) -> bool | None:
    """Whether the parcel was opened on the way, by its seal or tape, or None where nothing is said.

    A video of the `unboxing` shows the customer cut the tape: only what was closed anew says more.
    """
    seal = about(text, "seal") or (
        about(text, "box") if re.search(r"opened|tamper|slit|cut open", text.lower()) else ""
    )
    if not seal:
        return None
    signs = REOPENED if unboxing else OPENED
    if says(seal, signs):
        return True
    return False if says(seal, SEALED) or says(seal, signs) is False else None


def padding(text: str) -> str | None:
    """Return how the padding is shown: "weak", "adequate" or None."""
    low = text.lower()
    if re.search(
        r"\b(?:no|without|missing|lacks?|lacking) (?:any |inner |more )?(?:padding|cushion|bubble|foam|filler|void fill|protection)"
        r"|\b(?:one|single|thin|a) (?:thin )?(?:layer|sheet)\b|\bpoor(?:ly)? (?:pack|pad|cushion)|\bloose in\b|\bempty space\b"
        r"|\b(?:padding|cushioning)\W+(?:is |was )?(?:none|poor|thin|weak|missing)|\bhardly any\b|\bbare\b|\bthin (?:paper|padding)\b"
        r"|\bonly (?:paper|one|a )|\bnewspaper\b|\bunpadded\b|\binsufficient|\btoo little\b|\bno protection\b|\brattl",
        low,
    ):
        return "weak"
    if re.search(
        r"\bdouble\b|\bthick\b|\b(?:well|good|ample|proper|adequate|full)\w* (?:pad|cushion|pack|foam|bubble|protect)|\bfoam (?:on )?all"
        r"|\bbubble wrap\b|\bfoam\b|\bcushioned\b|\bpadded\b|\bair cushions?\b",
        low,
    ):
        return "adequate"
    return None


# Nothing can be told from a picture of which this is said.
UNCLEAR = r"too dark|blurr\w*|unclear|out of focus|cannot (?:be )?(?:seen|told|tell)|not (?:visible|recogni[sz]able)|nothing (?:can be |to be )?seen"
MISUSE = (
    r"dropped (?:it|the|on|from|in|to|and|by)|(?:was|i|got) dropped|fell (?:down|from|onto|on the|to the|over)|fallen (?:down|from)|misus\w*|wrong voltage|opened by (?:the )?(?:customer|buyer|user|owner|me|myself)|unauthori[sz]ed repair|self[- ]repair\w*|own repair|modif\w*|wash\w* (?:\w+ ){0,5}(?:60|90|95)|against the (?:care )?label"
    r"|overload\w*|wrong (?:charger|adapter|plug|battery|fuel)|left in the (?:sun|rain)|against the (?:manual|instructions)"
    r"|submerg\w*|put in (?:the )?(?:water|washing)|(?:in|into) (?:the |a )?(?:dishwasher|microwave)|immers\w*|water ingress"
    r"|liquid (?:damage|spill\w*)|spilled|spilt|worn down|heavy wear|drilled|cut by|forced|plugged (?:it )?into 2[2-4]0|overtighten\w*"
    r"|tumble[- ]dr\w*|hit (?:it|by)|sat on|stepped on|not (?:as|according to) the manual|charged with another|third[- ]party repair"
    r"|(?:without|no|had no|forgot) (?:a |an |the |any )?(?:\w+ )?(?:transformer|converter|adapt[eo]r)|daily (?:commercial|professional) use|burn marks from"
    r"|(?:fell|falls|fallen|slips?|slipped|tipped|tips|knocked|rolled|dropped) (?:\w+ )?(?:off|from|over) (?:the |a |my |our )?(?:table|desk|shelf|counter|chair|bed|stairs?|hands?|balcony|bike|bicycle|wall|sofa|window)"
    r"|(?:fell|falls|fallen|slips?|slipped|dropped|drops) (?:\w+ )?(?:into|in|to|onto|on) (?:the |a |my |our )?(?:\w+ )?(?:bath\w*|sink|water|toilet|pool|floor|ground|sea|tub|lake|street|stairs|tiles|bucket|puddle|river|basin|sand|soup|coffee)"
    r"|plugged (?:\w+ ){0,5}into (?:\w+ ){0,3}2[2-4]0|pried|pry marks|took (?:it |the \w+ )?apart|disassembl\w*|dismantl\w*|unscrew\w*|solder\w*|tried to (?:repair|fix)"
    r"|(?:opened|unscrewed|levered|pri[sz]ed|popped|removed|forced|screwed|took|lifted|cut) (?:\w+ ){0,7}to (?:change|replace|repair|fix|clean|put in|insert|fit|swap|oil|dry|upgrade|look inside|see inside|reach)"
    r"|(?:slip|slid|fell|fall|drop)\w* (?:\w+ )?(?:through|out of|from|off) (?:my|our|his|her|the) (?:\w+ )?(?:fingers?|hands?|grip|arms?|lap|grasp|pocket|bag|shoulder)|let (?:it|them|the \w+) (?:fall|drop|slip|slide|go)"
    r"|(?:i|we|my \w+|our \w+) (?:\w+ )?(?:(?:knocked|pushed|pulled|kicked|tipped|threw) (?:it|them|the \w+) (?:\w+ )?(?:over|off|down)\b|(?:knocked|bumped|tripped|stumbled|fell|drove|rolled|banged|slammed) (?:\w+ )?(?:over|against|into|onto) (?:it|them|the \w+)|(?:stepped|trod) on\b|(?:dropped|smashed|slammed|bumped|knocked) (?:it|them|the \w+))|exceed\w*|(?:over|above|beyond) (?:the |its )?(?:limit|maximum|stated|allowed|rated)"
    r"|more than (?:the )?(?:allowed|stated|permitted|maximum)|(?:it|label|tag|manual|leaflet|page|sticker|instructions?) (?:says?|said|states?|stated|warns?|warned) (?:max\w*|not to|never|no more|hand wash|do not|dry clean)"
    r"|ignored the (?:manual|label|instructions?|warning)|bleach\w*|tumble|in the (?:oven|dryer)|boiled|ironed|ran over|swam with|swimming with|showering|bathing with|showered with|dived with|used (?:it )?as a (?:ladder|step|hammer|chisel|lever)"
    r"|(?:my|our|the|a) (?:\w+ )?(?:child|children|son|daughter|dog|cat|kid|toddler|baby|little one|puppy|kitten|parrot|rabbit|grandson|granddaughter|nephew|niece|twins)s? (?:\w+ ){0,3}(?:bit|chewed|gnawed|broke|dropped|threw|pulled|bent|spilled|spilt|knocked|stepped|sat|stood|swept|pushed|tore|ripped|kicked|jumped|scratched|tipped|smashed|poured|clawed|peed|tugged|yanked|ate|shredded|destroyed|attacked|got (?:to|at|hold))"
    r"|(?:my|our) (?:\w+ )?(?:wife|husband|partner|mother|father|brother|sister|friend|colleague|flatmate|guest|cleaner|neighbou?r) (?:\w+ ){0,3}(?:dropped|spilled|spilt|knocked|tripped|stepped on|smashed|tipped|fell)"
    r"|(?:60|90|95) ?(?:°|degrees?|c\b)\W*(?:c\b )?(?:programme|program|wash|cycle)|boil wash|hot wash|(?:came|went|go|come)\w* (?:\w+ )?(?:off|down from) (?:the|my|our|a) (?:table|desk|shelf|counter|sideboard|cupboard|sill)|(?:landed|ended up|crashed|hit|smashed) (?:\w+ ){0,2}?(?:on|onto|to|against)? ?(?:the |a |my |our )?(?:\w+ )?(?:floor|ground|tiles|stairs|pavement|concrete)|(?:piled|stacked) (?:\w+ ){0,4}?on (?:top of )?(?:it|them)\b|(?:at the )?bottom of (?:the|a|our|my) (?:pile|stack)|under (?:the|a|our|my) (?:pile|stack)"
)
CARRIER = r"\b(?:driver|courier|postman|carrier|mailman|delivery (?:man|person|guy|boy)|they)\b"
# What a voltage or water in the customer's words means depends on what the goods are made for.
MAINS = r"2[2-4]0 ?v?\b"
LOW_VOLTAGE = r"\b1[0-2]\d ?v(?:olts?)?\b"
PLUGGED = r"2[2-4]0 ?v|\b(?:wall|house(?:hold)?|mains|home|kitchen|our|local|european|german|british|normal|ordinary)\W*s? (?:\w+ )?(?:socket|outlet|plug|current|power|supply)\b|in(?:to)? the (?:wall|mains|socket|outlet)\b"
SOCKET = r"\bsockets?\b|\boutlets?\b|\bplugged (?:it |them |the \w+ )?in"
# Where the mains have 100 to 127 V.
LOW_MAINS = {
    "BR",
    "CA",
    "CO",
    "CR",
    "CU",
    "DO",
    "EC",
    "GT",
    "HN",
    "HT",
    "JM",
    "JP",
    "MX",
    "NI",
    "PA",
    "PR",
    "SV",
    "TW",
    "US",
    "VE",
}
CONVERTED = r"(?<!no )(?<!any )(?:converter|transformer|step-?down)"
FOR_WATER = r"waterproof|water[- ]resist\w*|shower|swim|div(?:e|ing)|bath|ipx?[5-8]|umbrella|rain"
FOR_WEIGHT = r"chair|stool|bench|sofa|couch|seat\b|hammock|swing|bean ?bag|bike|bicycle|scooter|cushion|mattress|\bbed\b|ladder|\bstep|trampoline|\bmat\b|saddle|sled|skateboard|carpet|rug\b"
WEIGHT = r"\bsat\b|\bstepped\b|\btrod\b|\bstood on\b|\bjump"
IN_WATER = r"shower|swim|swam|div(?:e|ing)|bath|water|pool|rain"


def misuse(text: str) -> bool | None:
    """Whether the words tell of a use that the goods are not made for, or None."""
    told = ", ".join(clause for clause in clauses(text) if not re.search(CARRIER, clause))
    found = says(told, MISUSE)
    if found is None and says(
        text, r"normal use|used normally|used as intended|according to the manual|first use|never used|unused"
    ):
        return False
    return found


def overloaded(text: str, made_for: str, country: str = "") -> bool:
    """Whether the words tell that goods for 110 V alone were plugged into the mains of 230 V without a transformer."""
    low, goods = text.lower(), made_for.lower()
    if country in LOW_MAINS or not re.search(LOW_VOLTAGE, goods) or re.search(MAINS, goods):
        return False
    plugged = rf"{PLUGGED}|{SOCKET}" if country else PLUGGED
    return bool(re.search(plugged, low)) and says(low, CONVERTED) is not True


REASONS: tuple[tuple[str, str], ...] = (
    ("office", r"mislaid|misplaced|misfiled|(?:mistake|error|oversight|fault) (?:of|by|in|at|on) (?:this|our|the customs) (?:office|side|part|system)|our (?:own )?(?:mistake|error|oversight)|no (?:fault|mistake|error) (?:of|by|on) (?:the )?(?:sender|shipper|receiver|recipient|addressee|importer|either)|we (?:apologi[sz]e|regret)|lost (?:in|by|at) (?:this|our) (?:office|department|archive)"),
    ("counterfeit", r"counterfeit|replica(?! (?:fire|air|gun|weapon|pistol|rifle|arm))|fake\b|trade ?mark|infring\w*|brand owner|imitation|intellectual property|copy of a brand|knock-?off"),
    ("random", r"random|routine|spot check|sample check|x-?ray check|queue|backlog|congest\w*|peak season|selected for|staff shortage|strike"),
    ("duty_unpaid", r"unpaid|not paid|did not pay|payment of (?:the )?dut\w*|dut\w* (?:and \w+ )?(?:were |was )?refused|refus\w* to pay|waiting for (?:the )?payment|non-?payment|charges not"),
    ("importer", r"importer\W*s? (?:\w+ ){0,2}(?:number|id|data|tax|code)|\beori\b|tax (?:number|id)|identity|passport|\bid (?:card|copy|number)|\bcpf\b|\bpccc\b|recipient\W*s? (?:id|tax|number|data)|consignee\W*s? (?:id|tax|number)|power of attorney|personal (?:id|clearance|customs)|receiver\W*s? (?:id|tax|number)|clearance code|vat number|rfc\b|did not (?:answer|respond|reply)|no (?:answer|reply|response) (?:from|of|by)|authori[sz]ation of the (?:addressee|recipient|importer)|(?:addressee|recipient|consignee|receiver|importer|buyer)(?:\W*s?)? (?:\w+ ){0,3}?(?:number|permit|licen[cs]e|document|copy|certificate)\b|(?:addressee|recipient|consignee|receiver|importer) (?:(?:has|did|does|will) not|(?:must|should|is to|needs to|has to|to) (?:supply|provide|furnish|give|submit|appoint|present|send|register|identify))|\bnif\b|\bpesel\b|\btin\b|(?:personal|national|resident|fiscal) (?:\w+ )?(?:number|code|id)"),
    ("undervalued", r"under-?valu\w*|value (?:is |was )?(?:too low|not credible|implausible|below)|value (?:does|did) not|declared (?:far |too |well )?(?:below|low)|too low|wrong value|lower than (?:the )?(?:price|paid)|value doubt\w*|doubt\w* (?:about |of )?the (?:declared )?value|valuation|value not proven|proof of (?:value|payment)|value in question|price paid|reference (?:price|value)|market (?:price|value)|higher than (?:the )?(?:invoice|declared)|below (?:the )?(?:market|reference)|under-?priced|price doubt\w*|value (?:is |was )?(?:questioned|disputed|doubted)|questions? the (?:declared )?value"),
    ("prohibited", r"prohibit\w*|forbidden|banned|not allowed|restricted|import ban|dangerous goods|weapon\w*|knife|knives|cites\b|embargo|illegal|not admitted|may not be imported|replica weapon"),
    ("licence", r"licen[cs]e|permit\b|phyto\w*|veterinary|quarantine|approval of|food safety|health authorit\w*|import permission"),
    ("certificate", r"certificat\w*|\bce\b|\bmsds\b|conformity|test report|proof of origin|origin proof|safety marking|un ?38"),
    ("misdeclared", r"misdeclar\w*|description (?:is |was )?(?:too |not )?(?:vague|wrong|general|imprecise|unclear|insufficient|matching|does not)|vague|wrong (?:hs|tariff|code|description|classification)|hs (?:code )?(?:is |was )?(?:missing|wrong|invalid|incomplete)|tariff (?:code|number|heading)|not as declared|undeclared|does not match|do not match|contents? differ\w*|quantity differ\w*|no hs|missing hs|lacks? (?:the |an |a )?hs|(?:goods |contents |only |merely )described (?:only |merely |simply )?as|without (?:an? )?(?:hs|tariff)|generic (?:term|description|name)|description (?:\w+ ){0,2}?(?:poor|inadequate|meaningless|useless|rejected|unusable|ambiguous|inaccurate|accepted|missing|needed|required)|(?:poor|inadequate|meaningless|inaccurate|missing|proper|better) description"),
    ("papers", r"invoice|no (?:value|price|weight|quantity|origin|signature|sender)\b|(?:value|price|weight|origin|signature|quantity) (?:is |was )?(?:missing|absent|not (?:stated|given|declared|filled|shown))|absent\b|missing (?:\w+ )?(?:papers?|documents?|form|declaration|data)|(?:papers?|documents?|documentation|declaration|form|cn ?2[23]) (?:is |are |was |were )?(?:missing|incomplete|lacking|wrong|not)|incomplete|lacking|no (?:papers|documents|declaration|cn ?2[23])|packing list|documents? (?:needed|required|requested|asked)|papers (?:needed|required|requested)"),
    ("duty", r"import (?:dut\w*|vat|tax\w*)|\bdut(?:y|ies)\b|\bvat\b|\btax(?:es)?\b|tariff"),
    ("random", r"examin\w*|inspect\w*|check\b"),
)  # fmt: skip


def customs_reason(text: str) -> str | None:
    """Return what customs found, as a code of `REASONS`, or None where the words are not clear."""
    low = text.lower()
    return next((code for code, words in REASONS if re.search(rf"\b(?:{words})", low)), None)


# What the letter finds on our side, and on the addressee's.
OURS, THEIRS = {"misdeclared", "papers", "undervalued"}, {"importer", "licence", "duty_unpaid"}
POINT = re.compile(r"[;,:.()\n]| and | also | as well as | plus ")


def two_obstacles(text: str) -> bool:
    """Whether customs name something of the sender's and, apart from it, something of the addressee's."""
    found = {customs_reason(point) for point in POINT.split(text)}
    return bool(found & OURS and found & THEIRS)


# What customs themselves write of what they did with the goods, and what they found so.
FOUND_SO = r"already|found (?:to be )?(?:\w+ )?(?:broken|damaged|torn|wet|crushed|open)|arrived|on arrival|on receipt|prior to|before (?:our|the|being)|was presented|upon presentation"
OPENED_BY_HAND = r"open(?:ed|ing)|unpack\w*|re-?pack\w*|re-?tap\w*|re-?seal\w*|closed again|cut (?:open|up)|emptied|official tape|physical(?:ly)? (?:check|examin|inspect|search)\w*"
HURT_BY_HAND = r"cut\b|cuts\b|slash\w*|slit\b|tore\b|torn|drill\w*|bored|broken?\b|damag\w*|destroy\w*|pierc\w*|punctur\w*|scratch\w*|sawn|sawed|ripp\w*|smash\w*|crush\w*|pri[sz]?ed open|forced open|spill\w*|dropped|stain\w*|bent\b|dismantl\w*|knife"
TAKEN = r"(?:samples?|specimens?) (?:\w+ ){0,4}?(?:taken|drawn|withdrawn|kept|retained|removed|sent)|(?:took|taken|drew|drawn|kept|retain\w*|withheld|remov\w*|confiscat\w*|withdr\w*|used up|held back|detain\w*|destroy\w*) (?:\w+ ){0,6}?(?:samples?|specimens?|test\w*|laborator\w*|analys\w*|evidence|piece|pieces|units?|bottles?|items?)|(?:one|two|three|four|five|\d+) (?:\w+ ){0,4}?(?:taken|kept|retained|withheld|confiscated|removed|destroyed|held back|detained)"
BY_OFFICERS = r"\b(?:customs|officers?|officials?|authorit\w+|border (?:force|guard|control)|inspection service)\b"


def customs_did(text: str) -> dict[str, bool]:
    """Return what customs say they did: opened, hurt or kept goods; what they found so on arrival is not theirs."""
    if re.search(FOUND_SO, text.lower()):
        return {}
    hurt, taken = says(text, HURT_BY_HAND), says(text, TAKEN)
    did = {"opened": bool(hurt or says(text, OPENED_BY_HAND)), "hurt": bool(hurt), "took": bool(taken)}
    return {name: True for name, value in did.items() if value}


TRACE: tuple[tuple[str, str], ...] = (
    ("not_handed_over", r"never (?:been )?(?:received|handed|accepted|collected|picked|tendered|arrived at)|not (?:been )?(?:handed|tendered|received by (?:us|the carrier)|received from|accepted by|picked up|in our network|collected)|no record of (?:hand|the parcel|receipt|acceptance)|no (?:hand-?over|acceptance|induction|pick-?up)|not in (?:the |our )?(?:network|possession)|label only"),
    ("elsewhere", r"wrong (?:address|house|street|door|city|town|recipient|person|building|flat|location|place|depot)|mis-?deliver\w*|(?:another|other|different) (?:address|house|street|door|person|recipient|city|town|building|flat|customer)|delivered to a? ?neighbou?r|elsewhere|\d+ ?(?:km|m|metres?|meters?|miles?|kilomet\w+|streets?|blocks?|houses?|doors?) (?:away|from|off|down|further)|gps (?:does not|differ|\d+ ?k?m|shows another|not match|mismatch)|not at the address|neighbou?r"),
    ("lost", r"\blost\b|cannot (?:be )?(?:found|locate\w*|find)|not (?:be )?(?:found|located|traceable)|untraceable|missing|no trace|presumed lost|could not (?:be )?(?:found|locate\w*|find)|declared lost|stolen|destroyed|never left|disappeared|no further scan|whereabouts"),
    ("damaged", r"damag\w*|broken|wet\b|crush\w*"),
    ("returned", r"return\w*|sent back"),
    ("delivered", r"deliver(?:ed|y) (?:is |was )?(?:confirmed|correct\w*|proven|proved|to the (?:right |correct |ordered )?(?:address|addressee|recipient|customer))|gps (?:match\w*|confirm\w*|at the|of the (?:delivery )?(?:address|door))|signature (?:match\w*|of the (?:customer|addressee|recipient))|delivered (?:as|at) (?:the )?(?:address|addressed|ordered|door)|handed to the (?:addressee|customer|recipient)|confirms? (?:the )?delivery|delivered"),
    ("found", r"found|located|on its way|moving again|in transit|still being|resumed"),
)  # fmt: skip


def trace_result(text: str) -> str | None:
    """Return what a closed trace found, as a code of `TRACE`, or None."""
    low = text.lower()
    return next((code for code, words in TRACE if re.search(rf"\b(?:{words})", low)), None)


AT_REQUEST = r"(?:by|on|upon) request|requested by|as (?:asked|wished|told|arranged)(?! by the (?:carrier|driver))|at (?:the )?(?:customer|recipient|addressee|receiver)\W*s? (?:request|wish)|as (?:instructed|requested|agreed|authori[sz]ed)|authori[sz]ed (?:by|place|safe)|permission to leave|safe place (?:chosen|agreed|named)|chosen by the (?:customer|recipient)|customer\W*s (?:instruction|request|wish|permission)|signature waived|(?:named|nominated|appointed|designated|empowered|mentioned) by (?:the )?(?:customer|recipient|addressee|receiver|buyer)|(?:customer|recipient|addressee|receiver|buyer)\W*s (?:nominee|delegate|choice|safe place|preferred)|as (?:per|in) (?:the )?(?:customer|recipient|addressee|instruction|note)|per (?:the )?(?:customer|recipient|addressee|instruction)|by (?:the )?(?:customer|recipient)\W*s (?:order|request)"
ELSEWHERE = r"neighbou?r\w*|wrong (?:house|address|door|street|flat|building)|other (?:house|address|door|street|flat|building)|another (?:house|address|door|street|flat|building|person)|different (?:house|address|door|street|flat|building|number)|shop\b|kiosk|stranger|unknown person"
DESK = r"reception\w*|concierge|caretaker|porter\b|front desk|security (?:desk|guard)|mail ?room|doorman"
DOOR = r"at the door|front door|doorstep|on the (?:step|porch|mat)|porch|mailbox|letter ?box|house number|door (?:number )?\d+|handed (?:over )?to (?:the )?(?:recipient|customer|addressee)|in hand|recipient holding"
ABSENT = r"no ?(?:one|body) (?:was )?(?:at )?home|nobody (?:at )?home|not (?:at )?home|absent|closed|no answer|customer (?:not|un)available|unavailable|recipient not"
REFUSED = r"refus\w*|reject\w* by (?:the )?(?:customer|recipient|addressee)|did not accept|not accepted by|declined by"
BAD_ADDRESS = r"(?:address|house number|street|number|recipient|addressee|name|flat|apartment|postcode|zip)\W* (?:is |was )?(?:\w+ )?(?:unknown|incomplete|incorrect|insufficient|wrong|not found|does not exist|missing|invalid|illegible|unreadable)|unknown (?:address|recipient|addressee|at)|(?:insufficient|incorrect|incomplete|wrong|bad|invalid) (?:address|house|postcode|zip)|no such (?:number|street|address)|moved away|addressee moved"


LEFT = {"request": AT_REQUEST, "elsewhere": ELSEWHERE, "desk": DESK, "door": DOOR}


def delivered_how(text: str) -> str | None:
    """Return "request" (left as the customer asked), "elsewhere", "desk" (a reception or porter), "door" or None."""
    low = text.lower()
    return next((code for code, words in LEFT.items() if re.search(rf"\b(?:{words})", low)), None)


def attempt_failed(text: str) -> str | None:
    """Return why a delivery failed: "refused", "address", "absent" or None."""
    low = text.lower()
    for code, words in (("refused", REFUSED), ("address", BAD_ADDRESS), ("absent", ABSENT)):
        if re.search(rf"\b(?:{words})", low):
            return code
    return None


# Later than the arrival, in the customer's own words.
AFTERWARDS = r"\b(?:then|later|afterwards|after that|since then|next day|yesterday|days? after|weeks? after)\b"
IN_ORDER = r"(?:arrived|came|was|were|got here|received (?:it|them)) (?:\w+ ){0,2}(?:fine|dry|intact|whole|undamaged|ok|okay|perfect\w*|safely|well|in (?:good|perfect|best) (?:order|condition|shape))"


def arrived_in_order(text: str) -> bool | None:
    """Whether the customer says that the goods came in order and something happened to them later, or None."""
    said = says(text, IN_ORDER)
    return True if said and re.search(AFTERWARDS, text.lower()) else None


# The goods' own liquid.
LEAKED = (
    r"leak\w*|spill\w*|(?:lid|cap|cork|pump|stopper) (?:\w+ )?(?:loose|open|off|not tight\w*)|half empty|not tightened"
)
OVERSIZED = r"(?:far |much |way )?too (?:large|big)|over-?sized?\b|mostly empty|half empty|(?:huge|giant|needlessly (?:large|big)) (?:box|carton)"
SUPPLIER_SEALED = (
    r"(?:sealed|unopened|closed|glued|shrink-?wrapped)\W+(?:\w+\W+){0,2}?(?:supplier|maker|manufacturer|factory|retail|original)"
    r"|(?:supplier|maker|manufacturer|factory|retail|original)\W*s?\W+(?:\w+\W+){0,2}?(?:sealed|unopened|closed|glued|seal|tape)\b|factory[- ]seal\w*"
)
ANOTHER_PARCEL = (
    r"(?:second|another|separate|next|two|extra|other|later) (?:parcel|package|shipment|box|carton)s?|follows? (?:separately|later|in|by)"
    r"|sent separately|ships? separately|split (?:shipment|into)|partial shipment|part shipment|1 (?:of|/) ?[2-9]\b"
)
PAYMENT = r"paid|payment|invoice|receipt|bank|transfer|card statement|order confirmation|paypal"
KNOWN_COPY = r"replica|imitation|knock-?off|1 ?: ?1|aaa\b|super ?copy|first copy|copy\b|copies\b|inspired|not original|no original|unbranded|look-?alike"
DECLARES = r"declar\w*|affidavit|signed statement|statutory"
NOTHING_CAME = (
    r"not (?:been )?(?:received|arriv)|non-?receipt|nothing (?:came|arrived)|never (?:received|arrived|came)|no parcel"
)
# What a picture of a fault is described with.
NOT_WORKING = r"nothing happens|hums?\b|rattl\w*|wobbl\w*|not (?:work\w*|turn\w*|power\w*|start\w*|charg\w*|switch\w*|light\w*|run\w*|heat\w*|respond\w*)|does not|doesn't|will not|won't|dead|fault\w*|defect\w*|flicker\w*|error|(?:stays|remains) (?:dark|off|black|cold)|no (?:light|power|sound|picture|signal|response|display)|stops|stopped|fails?|broken|crack\w*|seam|loose|peel\w*|leak\w*|short circuit|smok\w*|spark\w*|swollen|split|tears?\b|torn|came off|hole|stain\w*|scratch\w*|noise|burn\w*|warp\w*|fad\w*|rust\w*|jam\w*"
A_DATE = r"expir\w*|best before|use by|past|date|exp\b"
NOT_GENUINE = (
    r"counterfeit|fake|replica|logo|different|wrong|no hologram|misspel\w*|not genuine|spelling|version|serial"
)
REPLICA = r"replica(?! (?:fire|air|gun|weapon))|(?:style|brand|aaa|good|as a) copy|copy (?:of|please|as)|copy$|knock-?off|unbranded|imitation|1:1|copy of|inspired|no brand|no original|in the style of|look-?alike|dupe\b|homage|not original|non[- ]original|oem version|generic|compatible|third[- ]party"
FAKE = r"counterfeit|fake|replica|not genuine|not authentic|forged|imitation|not original|not an original|copy\b"
GENUINE = r"genuine|authentic\b|original\b|hologram (?:matches|present)"
VAGUE = re.compile(
    r"^\W*(?:(?:assorted|various|general|mixed|personal|consumer|household|daily|other|sundry|small|sample|gift|promotional)\W+)*"
    r"(?:gifts?|goods|items?|samples?|parts?|spare parts?|accessor(?:y|ies)|articles?|products?|things?|stuff|electronics?"
    r"|clothes|clothing|apparel|toys?|cosmetics?|tools?|equipment|supplies|merchandise|effects|belongings|necessities|parcel|packages?"
    r"|presents?|misc\w*|plastic|metal|textiles?|food|documents?|appliances?|machines?|goods n\.?o\.?s\.?|cargo|commodit(?:y|ies)|n/a|unknown)?\W*$",
    re.IGNORECASE,
)  # fmt: skip


def vague(description: str) -> bool:
    """Whether a customs description says nothing (EU ICS2 stop words: "gift", "goods", "parts")."""
    return bool(VAGUE.match(description))
