"""Letters in the reader's language. Where none is there, English stands in, and the page says so.

Placeholders: number, order, tracking, value, goods, carrier, event, attached.
"""

from dataclasses import dataclass

from django.utils import timezone

from .blocks import MARK, Block, address
from .blocks import text as words
from .models import Paper
from .typst import direction

# The language of customs in the countries that letters are there for; of several official ones the most widely read.
LANGUAGE_OF = {
    **dict.fromkeys(("DE", "AT", "CH", "LI"), "de"),
    **dict.fromkeys(("FR", "BE", "LU", "MC", "SN", "CI"), "fr"),
    **dict.fromkeys(
        ("ES", "MX", "AR", "CL", "CO", "PE", "EC", "UY", "PY", "BO", "CR", "PA", "GT", "HN", "SV", "NI", "DO", "VE"), "es"
    ),
    **dict.fromkeys(("PT", "BR", "AO", "MZ"), "pt"), **dict.fromkeys(("IT", "SM"), "it"),
    **dict.fromkeys(
        ("SA", "AE", "EG", "JO", "KW", "QA", "BH", "OM", "MA", "DZ", "TN", "LB", "IQ", "LY", "YE", "SD"), "ar"
    ),
    **dict.fromkeys(("CN", "HK", "MO", "TW"), "zh"),
    **dict.fromkeys(("GB", "US", "CA", "AU", "NZ", "IE", "SG", "MT", "ZA", "NG", "KE", "IN", "PH", "JM"), "en"),
}  # fmt: skip


@dataclass(frozen=True)
class Letter:
    """The language it is really in, whether that is the wanted one, and its title and paragraphs."""

    language: str
    is_wanted: bool
    title: str
    paragraphs: tuple[str, ...]


CUSTOMS: dict[str, tuple[str, ...]] = {
    "en": (
        "Documents for customs clearance, parcel {tracking}",
        "To the customs office in charge",
        "We are the sender of parcel {tracking}. It contains the goods of order {order}: {goods}. The customer paid {value} for them; this is the true value of the sale.",
        "Attached you find the declaration CN23 with a description, HS code, origin, weight and value of each item, and the order with its proof of payment.",
        "Please release the parcel, or tell us which document is still missing. Our reference is {number}.",
        "Yours faithfully",
    ),
    "de": (
        "Unterlagen zur Zollabfertigung, Sendung {tracking}",
        "An das zuständige Zollamt",
        "Wir sind der Absender der Sendung {tracking}. Sie enthält die Ware der Bestellung {order}: {goods}. Der Kunde hat dafür {value} bezahlt; das ist der tatsächliche Kaufpreis.",
        "Beigefügt sind die Zollinhaltserklärung CN23 mit Beschreibung, Zolltarifnummer, Ursprung, Gewicht und Wert jeder Position sowie die Bestellung mit dem Zahlungsnachweis.",
        "Bitte geben Sie die Sendung frei oder teilen Sie uns mit, welche Unterlage noch fehlt. Unser Zeichen ist {number}.",
        "Mit freundlichen Grüßen",
    ),
    "fr": (
        "Documents pour le dédouanement, colis {tracking}",
        "Au bureau de douane compétent",
        "Nous sommes l’expéditeur du colis {tracking}. Il contient les marchandises de la commande {order} : {goods}. Le client les a payées {value} ; c’est la valeur réelle de la vente.",
        "Vous trouverez ci-joint la déclaration CN23 avec la désignation, le code SH, l’origine, le poids et la valeur de chaque article, ainsi que la commande et la preuve de paiement.",
        "Nous vous prions de libérer le colis ou de nous indiquer quel document manque encore. Notre référence est {number}.",
        "Veuillez agréer nos salutations distinguées",
    ),
    "es": (
        "Documentos para el despacho de aduana, paquete {tracking}",
        "A la oficina de aduanas competente",
        "Somos el remitente del paquete {tracking}. Contiene la mercancía del pedido {order}: {goods}. El cliente pagó {value}; es el valor real de la venta.",
        "Adjuntamos la declaración CN23 con la descripción, el código SA, el origen, el peso y el valor de cada artículo, y el pedido con el comprobante de pago.",
        "Les rogamos que liberen el paquete o nos indiquen qué documento falta. Nuestra referencia es {number}.",
        "Atentamente",
    ),
    "pt": (
        "Documentos para o desembaraço aduaneiro, encomenda {tracking}",
        "À autoridade aduaneira competente",
        "Somos o remetente da encomenda {tracking}. Ela contém a mercadoria do pedido {order}: {goods}. O cliente pagou {value}; este é o valor real da venda.",
        "Anexamos a declaração CN23 com a descrição, o código SH, a origem, o peso e o valor de cada item, e o pedido com o comprovante de pagamento.",
        "Pedimos a liberação da encomenda ou a indicação do documento que ainda falta. A nossa referência é {number}.",
        "Atenciosamente",
    ),
    "it": (
        "Documenti per lo sdoganamento, pacco {tracking}",
        "All’ufficio doganale competente",
        "Siamo il mittente del pacco {tracking}. Contiene la merce dell’ordine {order}: {goods}. Il cliente ha pagato {value}; è il valore effettivo della vendita.",
        "Alleghiamo la dichiarazione CN23 con descrizione, codice SA, origine, peso e valore di ogni articolo, e l’ordine con la prova di pagamento.",
        "Vi preghiamo di svincolare il pacco o di indicarci quale documento manca ancora. Il nostro riferimento è {number}.",
        "Distinti saluti",
    ),
    "ar": (
        "وثائق التخليص الجمركي، الطرد {tracking}",
        "إلى مكتب الجمارك المختص",
        "نحن مرسل الطرد {tracking}. يحتوي على بضائع الطلب {order}: {goods}. دفع العميل ثمنها {value}، وهذه هي القيمة الحقيقية للبيع.",
        "تجدون مرفقًا إقرار CN23 مع وصف كل صنف ورمزه في النظام المنسق ومنشئه ووزنه وقيمته، وكذلك الطلب مع إثبات الدفع.",
        "نرجو الإفراج عن الطرد أو إبلاغنا بالوثيقة الناقصة. مرجعنا هو {number}.",
        "مع فائق الاحترام",
    ),
    "zh": (
        "清关文件，包裹 {tracking}",
        "致主管海关",
        "我们是包裹 {tracking} 的寄件人。包裹内为订单 {order} 的商品：{goods}。客户已支付 {value}，这是真实的成交价格。",
        "随函附上 CN23 报关单，其中列明每件商品的描述、HS 编码、原产地、重量和价值，以及订单和付款凭证。",
        "请予放行，或告知我们尚缺何种文件。我方编号为 {number}。",
        "此致敬礼",
    ),
}
CLAIM: dict[str, tuple[str, ...]] = {
    "en": (
        "Claim for {event}, consignment {tracking}",
        "To {carrier}, claims department",
        "We claim {value} for consignment {tracking}, which we handed to you for order {order}. What happened: {event}. Please take this letter as written notice of claim in time; if your conditions ask for a form of your own, send it to us and this day counts.",
        "{attached}",
        "Please confirm the claim with its number and tell us your decision. Our reference is {number}.",
        "Yours faithfully",
    ),
    "de": (
        "Schadenanzeige ({event}), Sendung {tracking}",
        "An {carrier}, Abteilung Reklamationen",
        "Wir fordern {value} für die Sendung {tracking}, die wir Ihnen zur Bestellung {order} übergeben haben. Ereignis: {event}. Dieses Schreiben ist die fristgerechte schriftliche Schadenanzeige; verlangen Ihre Bedingungen ein eigenes Formular, so senden Sie es uns bitte, es gilt der Tag dieses Schreibens.",
        "{attached}",
        "Bitte bestätigen Sie den Eingang mit Ihrer Schadennummer und teilen Sie uns Ihre Entscheidung mit. Unser Zeichen ist {number}.",
        "Mit freundlichen Grüßen",
    ),
    "es": (
        "Reclamación por {event}, envío {tracking}",
        "A {carrier}, departamento de reclamaciones",
        "Reclamamos {value} por el envío {tracking}, que les entregamos para el pedido {order}. Suceso: {event}. Esta carta es la reclamación escrita dentro del plazo; si sus condiciones exigen un formulario propio, envíennoslo y cuenta la fecha de esta carta.",
        "{attached}",
        "Les rogamos que confirmen la reclamación con su número y nos comuniquen su decisión. Nuestra referencia es {number}.",
        "Atentamente",
    ),
    "zh": (
        "索赔函（{event}），运单 {tracking}",
        "致 {carrier} 理赔部门",
        "我们就运单 {tracking}（订单 {order}）索赔 {value}。事由：{event}。本函为在规定期限内提出的书面索赔通知；如贵司条款要求填写专用表格，请寄给我们，并以本函日期为准。",
        "{attached}",
        "请确认受理并告知索赔编号和处理结果。我方编号为 {number}。",
        "此致敬礼",
    ),
}
EVENTS: dict[str, dict[str, str]] = {
    "en": {"damage": "damage or shortage", "delay": "delay", "loss": "loss or non-delivery"},
    "de": {"damage": "Beschädigung oder Fehlmenge", "delay": "Verspätung", "loss": "Verlust oder Nichtzustellung"},
    "es": {"damage": "daño o faltante", "delay": "retraso", "loss": "pérdida o falta de entrega"},
    "zh": {"damage": "损坏或短少", "delay": "延误", "loss": "丢失或未妥投"},
}

# What is attached, without pictures and with them.
ATTACHED: dict[str, tuple[str, str]] = {
    "en": (
        "Attached are the tracking log and the proof of value.",
        "Attached are the photographs with captions, the tracking log, the proof of value and the SHA-256 of every original picture.",
    ),
    "de": (
        "Beigefügt sind der Sendungsverlauf und der Wertnachweis.",
        "Beigefügt sind die Fotos mit Erläuterung, der Sendungsverlauf, der Wertnachweis und der SHA-256 jedes Originalbildes.",
    ),
    "es": (
        "Adjuntamos el historial de seguimiento y la prueba del valor.",
        "Adjuntamos las fotografías con su explicación, el historial de seguimiento, la prueba del valor y el SHA-256 de cada foto original.",
    ),
    "zh": (
        "随函附上物流轨迹和价值证明。",
        "随函附上带说明的照片、物流轨迹、价值证明以及每张原始照片的 SHA-256。",
    ),
}
# What follows from the event.
AFTER: dict[str, dict[str, str]] = {
    "en": {
        "damage": "The carton, the packing and the contents are kept until the claim is decided.",
        "loss": "Please trace the consignment and tell us the result.",
    },
    "de": {
        "damage": "Karton, Verpackung und Inhalt werden bis zur Entscheidung aufbewahrt.",
        "loss": "Bitte forschen Sie nach der Sendung und teilen Sie uns das Ergebnis mit.",
    },
    "es": {
        "damage": "La caja, el embalaje y el contenido se conservan hasta la decisión.",
        "loss": "Les rogamos que busquen el envío y nos comuniquen el resultado.",
    },
    "zh": {
        "damage": "外箱、包装和内件将保留至索赔结案。",
        "loss": "请对该件进行查询并告知结果。",
    },
}


def customs_language(country: str) -> str:
    """Return the language that a country's customs read, or an empty text where we do not know it."""
    return LANGUAGE_OF.get(country, "")


def letter(texts: dict[str, tuple[str, ...]], language: str, **parts: str) -> Letter:
    """Return a letter with its parts filled in: in `language`, else in English."""
    wanted = language[:2]
    found = wanted if wanted in texts else "en"
    if direction(found) == "rtl":
        # An amount stays on one line: its two halves would swap their places.
        parts["value"] = parts.get("value", "").replace(" ", "\u00a0")
        parts = {name: f"{MARK}{part}{MARK}" for name, part in parts.items()}
    title, *rest = (_filled(each, parts) for each in texts[found])
    return Letter(found, wanted == found, title, tuple(rest))


def blocks(found: Letter, paper: Paper) -> list[Block]:
    """Return a letter to be set: from whom and of which day, its paragraphs, and who signs."""
    organization = paper.organization
    sender = "\n".join(filter(None, (organization.name, organization.return_address)))
    day = timezone.localtime(paper.asked_at).date().isoformat()
    signed = "\n".join(str(each) for each in (paper.asked_by, organization) if each)
    return [address(sender), address(day), *(words(each) for each in found.paragraphs), address(signed)]


def _filled(text: str, parts: dict[str, str]) -> str:
    """Put the parts in. What a person wrote is not looked at again for further places."""
    pieces = text.split("{")
    done = [pieces[0]]
    for piece in pieces[1:]:
        name, _brace, rest = piece.partition("}")
        done += [parts.get(name, ""), rest]
    return "".join(done)
