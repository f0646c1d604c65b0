"""Texts that never reach a model: a person who speaks of harming themselves needs a person.

Deterministic and on the careful side: whoever is in doubt gets a warm sentence too many. What is
left through are harmless look-alikes: broken lamps, hard work, stories, and helping others.
"""

import re
import unicodedata

from app.core.worded import WordedPattern

SUPPORT_MESSAGE = (
    "Terima kasih sudah jujur menuliskannya. Kalau kamu sedang merasa sangat berat atau terpikir"
    " menyakiti diri sendiri, kamu tidak harus menanggungnya sendirian: hubungi layanan SEJIWA di"
    " 119 ext. 8 (gratis, 24 jam) atau ceritakan pada orang yang kamu percaya. Tesmu tetap bisa"
    " kamu lanjutkan kapan saja."
)

MYSELF = r"diri(?:ku|\s*(?:saya|aku|gue|gw|gua))\b"
I_AM = r"(?:aku|saya|gue|gw|gua|ku)"
WANT = r"(?:ingin|pengen|pengin|pingin|kepingin|mau|pgn|niat|berniat|rencana|berencana|coba|nyoba)"
NO_MORE = r"(?:tidak|tak|gak|ga|nggak|ngga|enggak|gk|tdk|ogah|malas|males)"

# Said of oneself: always withheld.
ABOUT_ONESELF = tuple(
    WordedPattern(pattern)
    for pattern in (
        rf"\b{WANT}\s+(?:banget\s+|sekali\s+|rasanya\s+)?(?:bunuh\s*diri|gantung\s*diri|mati\s+"
        r"(?:aja|saja|sekarang|rasanya|biar))",
        rf"\b{I_AM}\s+(?:\w+\s+){{0,2}}{WANT}\s+(?:banget\s+)?mati\b",
        rf"\b{WANT}\s+(?:banget\s+)?mati\s*(?:$|[.!?,]|{I_AM}\b)",
        r"\b(?:mengakhiri|akhiri|ngakhirin|akhirin|menghabisi|habisi)\s+(?:hidup|nyawa)",
        rf"\b{WANT}\s+(?:mengakhiri|akhiri|ngakhirin|akhirin)\s+(?:semua(?:nya)?|ini\s+semua)\b",
        rf"\b{WANT}\s+(?:menghilang|hilang|ngilang)\s+(?:selamanya|saja|aja)\b",
        rf"\b(?:menyakiti|nyakitin|menyakitin|melukai|ngelukain|lukai|bunuh)\s+{MYSELF}",
        r"\b(?:menyayat|nyayat|sayat|menyilet|nyilet|silet|mengiris|ngiris)\s+(?:\w+\s+)?"
        r"(?:tangan|lengan|nadi|pergelangan|urat)",
        rf"\b{NO_MORE}\s+{WANT}\s+(?:\w+\s+)?hidup\s*(?:lagi|$|[.!?,])",
        rf"\b{NO_MORE}\s+(?:sanggup|kuat|ada\s+gunanya|ada\s+artinya)\s+(?:untuk\s+)?hidup\b",
        rf"\b(?:capek|cape|lelah|bosan|muak)\s+(?:banget\s+)?hidup\s*(?:$|[.!?,]|{I_AM}\b|lagi\b)",
        rf"\blebih\s+baik\s+(?:{I_AM}\s+)?(?:mati|tiada|nggak\s+ada|gak\s+ada|tidak\s+ada|hilang)"
        r"\s*(?:$|[.!?,]|saja\b|aja\b|dari(?:pada)?\b)",
        r"\bhidup(?:ku|\s+(?:saya|aku|gue))\s+(?:\w+\s+)?(?:tidak|gak|ga|nggak|tak)\s+(?:ada\s+)?"
        r"(?:berarti|artinya|berguna|gunanya|layak)\b",
        r"\b(?:menelan|nelen|minum)\s+(?:racun|obat\s+(?:sebanyak|banyak|sampai\s+overdosis))",
        r"\b(?:lompat|loncat|terjun)\s+dari\s+(?:gedung|jembatan|lantai|atap|balkon)\s*"
        rf"(?:aja|saja|biar|supaya|$|[.!?,]|{I_AM}\b)",
        r"\b(?:kill|hurt|harm|cutt?)(?:ing)?\s+my\s*self\b",
        r"\b(?:want|wanna|going|wish)\s+(?:to\s+)?(?:die|be\s+dead|disappear\s+forever)\b",
        r"\bend(?:ing)?\s+(?:my|it\s+all\s+with\s+my)\s+life\b|\btake\s+my\s+own\s+life\b",
        r"\bi\s+(?:am|m|feel)\s+suicidal\b|\bbetter\s+off\s+dead\b",
        r"\bdon\s*t\s+want\s+to\s+(?:live|be\s+alive)\b",
    )
)
HARM = (
    r"(?:bunuh\s*diri|bundir|gantung\s*diri|overdosis|self\s*harm\w*|suicid(?:e|al)|"
    r"(?:menyakiti|nyakitin|menyakitin|melukai|ngelukain)\s+diri)"
)
# Thought of, tried, done: with the subject right after it, said of oneself whatever else is said.
OWN_THOUGHT = WordedPattern(
    r"\b(?:kepikiran|terpikir|terpikirkan|berpikir|mikir|memikirkan|pernah|sering|suka|kadang|selalu|"
    rf"mencoba|hampir|nyaris|{WANT})\s+(?:(?:untuk|buat|mau|ingin|coba|mencoba|soal|tentang|"
    rf"kepikiran|terpikir|mikir|banget)\s+){{0,2}}{HARM}"
)
SUBJECT = WordedPattern(rf"\b{HARM}")
# A few words before it: helping others, or a story.
NOT_ABOUT_ONESELF = re.compile(
    r"\b(?:mencegah|pencegahan|cegah|menolong|membantu|bantu|mendampingi|pendamping\w*|konsel\w*|"
    r"edukasi|penyuluh\w*|kampanye|hotline|penelitian|meneliti|skripsi|data|statistik|angka|"
    r"berita|artikel|film|novel|cerita|gim|game|karakter|tokoh|serangan|bom|misi|"
    rf"prevent\w*|awareness|movie)\b(?:\W+\w+){{0,5}}?\W+{HARM}|{HARM}\s+(?:squad|prevention)"
)
# A thing that stays dark. Whose thing it is stands after it; "saya" may as well begin what the
# person says of themselves ("di depan laptop saya gak mau hidup"), so it counts as an owner only
# where the thing opens its clause.
DEVICE = (
    r"\b(?:pc|komputer|laptop|hp|handphone|ponsel|tablet|tv|televisi|layar|monitor|printer|lampu|kipas"
    r"|kompor|motor|mobil|mesin|genset|pompa|radio|speaker|kulkas|robot|alat|perangkat|router|modem)"
    r"(?:nya|ku|mu)?"
)
OWNER = (
    r"(?:punya|milik|dia|ini|itu|lama|tua|baru|bekas|di|rumah|kantor|sekolah|kelas|lab|warung|om|paman"
    r"|tante|bibi|teman|adik|kakak|ayah|bapak|ibu|kakek|nenek|tetangga)(?:nya|ku)?"
)
OPENS_CLAUSE = (
    r"(?:^|[.!?,\n]\s*|\b(?:waktu|saat|ketika|kalau|karena|jika|pas|padahal|tapi|lalu|soalnya|benerin"
    r"|betulin|memperbaiki|perbaiki|servis|rakit|merakit)\s+)"
)
STAYS_DARK = rf"\s+{NO_MORE}\s+(?:mau|bisa)\s+hidup\b"
DARK_DEVICE = re.compile(
    rf"{DEVICE}(?:\s+{OWNER}){{0,3}}\s+yang{STAYS_DARK}"
    rf"|{OPENS_CLAUSE}{DEVICE}(?:\s+(?:{OWNER}|{I_AM}|kami|kita)){{0,3}}"
    rf"(?:\s+(?:yang|sering|kadang|tetap|masih|tiba\s+tiba))?{STAYS_DARK}"
)
SPELLED = re.compile(r"\b(?:\w ){3,}\w\b")
APART = re.compile(r"[^\w.!?,\n]+")
DRAWN_OUT = re.compile(r"(\w)\1{2,}")
SENTENCE_END = re.compile(r"[.!?\n]+")
DISGUISED = re.compile(r"(?<=[a-z])[0-9@$](?=[a-z])")
LEET = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "@": "a", "$": "s"})


def speaks_of_self_harm(text: str) -> bool:
    """Whether the text must be withheld from every model."""
    plain = DARK_DEVICE.sub(" ", _plain(text))
    if OWN_THOUGHT.search(plain) or any(pattern.search(plain) for pattern in ABOUT_ONESELF):
        return True
    return any(
        SUBJECT.search(sentence) and not NOT_ABOUT_ONESELF.search(sentence)
        for sentence in SENTENCE_END.split(plain)
    )


def _plain(text: str) -> str:
    """Lower case, without accents, invisible characters, and letters disguised as digits."""
    undisguised = DISGUISED.sub(lambda m: m.group().translate(LEET), _bare(text.lower()))
    spaced = SPELLED.sub(lambda m: m.group().replace(" ", ""), APART.sub(" ", undisguised))
    return DRAWN_OUT.sub(r"\1", spaced).strip()


def _bare(text: str) -> str:
    if text.isascii() and text.replace("\n", "").isprintable():  # as most are: nothing to do
        return text
    return "".join(
        char
        for char in unicodedata.normalize("NFKD", text)
        if unicodedata.category(char) not in {"Mn", "Cf", "Cc"} or char == "\n"
    )
