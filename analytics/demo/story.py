"""The story that the demonstration data tells: who sells what, what goes wrong, and what was done about it.

A bad supplier (Foshan Oakline: lamps in one layer of padding), a carrier that crushes boxes (Swift Parcel), and the
measures that worked: the after-sales rate falls from 12 % to 4.8 %, handling from 24 hours to 4.
Source of these figures: `docs/definitions.md`, "What the field quotes".
"""

from dataclasses import dataclass
from decimal import Decimal

MONTHS = 14
# The order that a visitor files a complaint with; both organizations have one of that number.
YOUR_ORDER, YOUR_EMAIL = "LH-204913", "maria@customer.example"
FIRST_RATE, LAST_RATE = 0.12, 0.048
FIRST_HOURS, LAST_HOURS = 24.0, 4.0
# Months after the first in which each measure came into effect.
PADDING_MONTH, PLUG_MONTH, CARRIER_MONTH = 5, 7, 9


@dataclass(frozen=True)
class Product:
    """Something sold: who makes it, what it weighs (grams) and costs, and how it is declared."""

    sku: str
    name: str
    category: str
    supplier: str
    price: Decimal
    weight: int
    hs: str
    picture: str


@dataclass(frozen=True)
class Market:
    """Where customers live and what language they write."""

    country: str
    language: str
    regions: tuple[str, ...]
    weight: int
    names: tuple[str, ...]


PRODUCTS = (
    Product("LMP-210-SG", "Ceramic table lamp, sage", "Lamps", "Foshan Oakline", Decimal("39.90"), 2400, "940521", "lamp"),
    Product("LMP-300-WH", "Paper floor lamp, white", "Lamps", "Foshan Oakline", Decimal("54.50"), 3100, "940521", "lamp"),
    Product("CHR-110-OK", "Oak stool, folding", "Furniture", "Foshan Oakline", Decimal("62.00"), 4800, "940161", "chair"),
    Product("SPK-020-BK", "Bookshelf speaker K2", "Electronics", "Shenzhen Kestrel", Decimal("48.00"), 1900, "851822", "speaker"),
    Product("ADP-065-EU", "USB-C charger 65 W, EU plug", "Electronics", "Shenzhen Kestrel", Decimal("24.90"), 180, "850440", "plug"),
    Product("BLD-500-WH", "Travel blender 500 ml", "Kitchen", "Ningbo Brightway", Decimal("33.00"), 1200, "850940", "blender"),
    Product("KTL-100-BK", "Pour-over kettle, black", "Kitchen", "Ningbo Brightway", Decimal("41.00"), 1100, "732393", "blender"),
    Product("CSH-450-PL", "Linen cushion, plum", "Textiles", "Yiwu Petalcraft", Decimal("18.50"), 500, "630492", "fabric"),
    Product("THR-130-OC", "Cotton throw, ochre", "Textiles", "Yiwu Petalcraft", Decimal("29.00"), 900, "630130", "fabric"),
    Product("BSK-030-NA", "Rattan basket, set of 3", "Storage", "Hanoi Weave", Decimal("36.00"), 1500, "460212", "box"),
    Product("SHF-240-WA", "Wall shelf, walnut", "Furniture", "Porto Cork Co", Decimal("44.00"), 3600, "940360", "chair"),
    Product("CRK-008-NA", "Cork desk mat", "Office", "Porto Cork Co", Decimal("16.00"), 400, "450410", "fabric"),
)  # fmt: skip
# How much likelier a complaint is about a supplier's goods than about the average, before and after the measures.
SUPPLIERS = {
    "Foshan Oakline": ("CN", "zh-hans", "Asia/Shanghai", 2.6, 1.5),
    "Shenzhen Kestrel": ("CN", "zh-hans", "Asia/Shanghai", 1.2, 0.9),
    "Ningbo Brightway": ("CN", "zh-hans", "Asia/Shanghai", 0.8, 0.9),
    "Yiwu Petalcraft": ("CN", "zh-hans", "Asia/Shanghai", 0.7, 0.9),
    "Hanoi Weave": ("VN", "en", "Asia/Ho_Chi_Minh", 0.4, 0.6),
    "Porto Cork Co": ("PT", "pt", "Europe/Lisbon", 0.3, 0.5),
}
CARRIERS = {"Swift Parcel": 0.42, "Blue Heron Air": 0.36, "Continental Post": 0.22}
WAREHOUSES = ("Shenzhen warehouse", "Yiwu warehouse")

MARKETS = (
    Market(
        "DE", "de", ("Berlin", "Bayern", "Hamburg"), 18, ("Lukas Weber", "Anna Schmidt", "Jonas Berg", "Mia Fischer")
    ),
    Market("FR", "fr", ("Île-de-France", "Occitanie"), 14, ("Chloé Martin", "Hugo Bernard", "Léa Dubois")),
    Market("GB", "en", ("England", "Scotland"), 14, ("Emma Clarke", "Oliver Smith", "Amelia Jones", "Harry Wood")),
    Market("US", "en", ("California", "Texas", "New York"), 12, ("Olivia Brown", "Liam Davis", "Noah Wilson")),
    Market("MX", "es", ("Jalisco", "Ciudad de México"), 10, ("María González", "Diego Hernández", "Sofía Torres")),
    Market("ES", "es", ("Madrid", "Cataluña"), 10, ("Lucía Navarro", "Pablo Ruiz", "Carmen Ortega")),
    Market("BR", "pt", ("São Paulo", "Bahia"), 10, ("João Pereira", "Ana Beatriz Lima", "Rafael Souza")),
    Market("SA", "ar", ("Riyadh", "Makkah"), 6, ("نورة الحربي", "خالد العتيبي")),
    Market("SG", "zh-hans", ("Singapore",), 6, ("陈丽", "林伟")),
)

# The town, the postcode and the streets that customers of a country live in.
PLACES = {
    "DE": ("Berlin", "10115", ("Torstraße", "Ackerstraße")), "FR": ("Lyon", "69003", ("Rue de la Part-Dieu", "Cours Lafayette")),
    "GB": ("Leeds", "LS1 4AP", ("Park Row", "Wellington Street")), "US": ("Austin", "78701", ("Congress Ave", "Lavaca St")),
    "MX": ("Guadalajara", "44100", ("Av. Juárez", "Calle Morelos")), "ES": ("Madrid", "28004", ("Calle de Fuencarral", "Calle del Barco")),
    "BR": ("São Paulo", "01310-100", ("Avenida Paulista", "Rua Augusta")), "SA": ("Riyadh", "12211", ("King Fahd Rd", "Olaya St")),
    "SG": ("Singapore", "238801", ("Orchard Road", "Killiney Road")),
}  # fmt: skip
# Countries where we sell with duty paid.
DDP = ("GB", "US", "SG")

# What each problem is called by its customers. English, and the languages of the markets.
WORDS: dict[str, dict[str, str]] = {
    "broken_inside": {
        "en": "The {p} arrived broken, the box looks fine", "de": "Das Teil kam zerbrochen an, der Karton sieht gut aus",
        "fr": "Arrivé cassé, le carton est pourtant intact", "es": "Llegó roto, la caja se ve bien por fuera",
        "pt": "Chegou quebrado, a caixa parece boa", "ar": "وصل المنتج مكسورًا والعلبة سليمة", "zh-hans": "收到时已经碎了，外箱完好",
    },
    "crushed": {
        "en": "The box was crushed on one side and the {p} is damaged", "de": "Der Karton war eingedrückt, der Inhalt beschädigt",
        "fr": "Le carton était écrasé et le contenu abîmé", "es": "La caja llegó aplastada y el contenido dañado",
        "pt": "A caixa chegou amassada e o produto danificado", "ar": "العلبة مسحوقة من جانب واحد والمنتج تالف",
        "zh-hans": "箱子一侧被压扁，里面的东西坏了",
    },
    "defective": {
        "en": "The {p} does not work, it switches off after 20 minutes", "de": "Funktioniert nicht, geht nach 20 Minuten aus",
        "fr": "Ne fonctionne pas, s’éteint après 20 minutes", "es": "No funciona, se apaga a los 20 minutos",
        "pt": "Não funciona, desliga depois de 20 minutos", "ar": "لا يعمل ويتوقف بعد عشرين دقيقة", "zh-hans": "不能用，二十分钟后自动关机",
    },
    "wrong_item": {
        "en": "I got a US plug instead of the EU one", "de": "US-Stecker statt EU-Stecker bekommen",
        "fr": "Prise américaine reçue au lieu de la prise UE", "es": "Recibí un enchufe americano en lugar del europeo",
        "pt": "Recebi o plugue americano em vez do europeu", "ar": "وصلني قابس أمريكي بدل الأوروبي", "zh-hans": "收到的是美规插头，不是欧规",
    },
    "missing_part": {
        "en": "Two of the eight screws are missing", "de": "Zwei von acht Schrauben fehlen", "fr": "Il manque deux vis sur huit",
        "es": "Faltan dos de los ocho tornillos", "pt": "Faltam dois dos oito parafusos", "ar": "ينقص برغيان من أصل ثمانية",
        "zh-hans": "收到的螺丝数量不对，缺两颗",
    },
    "counterfeit": {
        "en": "The colour is different from the picture in the shop", "de": "Die Farbe ist anders als auf dem Bild",
        "fr": "La couleur est différente de la photo", "es": "El color es distinto al de la foto",
        "pt": "A cor é diferente da foto", "ar": "اللون مختلف عن الصورة في المتجر", "zh-hans": "颜色和图片上不一样",
    },
    "delayed": {
        "en": "My parcel is a week late and nobody tells me why", "de": "Mein Paket ist eine Woche zu spät",
        "fr": "Mon colis a une semaine de retard", "es": "Mi paquete lleva una semana de retraso",
        "pt": "Minha encomenda está uma semana atrasada", "ar": "تأخرت الشحنة أسبوعًا", "zh-hans": "包裹晚了一个星期",
    },
    "lost": {
        "en": "No movement for three weeks, where is my parcel?", "de": "Seit drei Wochen keine Bewegung, wo ist mein Paket?",
        "fr": "Aucun mouvement depuis trois semaines, où est mon colis ?", "es": "Tres semanas sin movimiento, ¿dónde está?",
        "pt": "Três semanas sem movimento, onde está?", "ar": "لا حركة منذ ثلاثة أسابيع، أين الطرد؟", "zh-hans": "三周没有动静，包裹在哪里？",
    },
    "not_received": {
        "en": "Parcel shows delivered, nothing arrived", "de": "Als zugestellt gemeldet, nichts angekommen",
        "fr": "Indiqué livré, rien reçu", "es": "Figura como entregado, no llegó nada", "pt": "Consta entregue, nada chegou",
        "ar": "يظهر أنه سُلِّم ولم يصل شيء", "zh-hans": "显示已签收，但没有收到",
    },
    "unexpected_duty": {
        "en": "The courier wants 23 in duties before handing it over", "de": "Der Kurier verlangt 23 Zoll vor der Übergabe",
        "fr": "Le livreur demande 23 de droits de douane", "es": "El mensajero pide 23 de aranceles antes de entregarlo",
        "pt": "O entregador cobra 23 de impostos", "ar": "يطلب المندوب رسومًا جمركية قبل التسليم", "zh-hans": "快递要求先付关税",
    },
    "unwanted": {
        "en": "I ordered two by mistake and want to return one", "de": "Versehentlich zwei bestellt, möchte eins zurückgeben",
        "fr": "J’en ai commandé deux par erreur", "es": "Pedí dos por error y quiero devolver uno",
        "pt": "Pedi dois por engano", "ar": "طلبت قطعتين بالخطأ", "zh-hans": "误下单两件，想退一件",
    },
}  # fmt: skip

# problem: weight before any measure
PROBLEMS = {
    "broken_inside": 30, "crushed": 16, "defective": 14, "wrong_item": 12, "missing_part": 10, "counterfeit": 6,
    "delayed": 14, "lost": 6, "not_received": 5, "unexpected_duty": 4, "unwanted": 4,
}  # fmt: skip
REPLIES = (
    "Thank you for the clear photos. I am checking with the maker and will write again tomorrow.",
    "I am sorry about this. We have everything we need and will come back with a proposal.",
    "Thank you for telling us. Please keep the packaging until the matter is settled.",
)
OFFERS = ("We would like to make it right this way.", "Thank you for your answer. This is what we can do now.")
PARTNER_WORDS = {
    "partly": "A part of it is ours; the rest happened after it left us.",
    "silence": "",
    "accepted": "We accept our share and look into how it happened.",
    "contested": "It left us in good order, and we have the papers. Please look at the other steps of the way.",
}
PREVENTIONS = (
    "",
    "",
    "Each piece is now photographed before packing.",
    "Three layers of padding from the next batch on.",
)
CLOSING = {
    "refunded": "Your money is on its way; thank you for your patience.",
    "partly_refunded": "The part we agreed is on its way to you. Please keep the item.",
    "replaced": "The new item is on its way. We are sorry for the trouble.",
    "delivered": "It has arrived after all. Thank you for waiting.",
    "explained": "Thank you for your understanding.",
}
COMMENTS = (
    "Quick and friendly.",
    "It took a while, but it was solved.",
    "",
    "",
    "I would buy again.",
    "Muy bien, gracias.",
)
