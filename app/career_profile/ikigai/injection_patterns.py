"""The wording of orders to the judge, Indonesian and English, over folded text.

Names of candidates stand as `zname`, keys as `zkey` and counted candidates ("kandidat ke-7") as
`zopt` when these patterns are tried, so that they mean the thing and not a word.
"""

import re
from enum import StrEnum


class Order(StrEnum):
    """Why a part of a text is no answer but an order to the judge."""

    OVERRIDE = "override"
    SCORE = "score"
    KEY = "key"
    FAKE_OUTPUT = "fake_output"
    FAKE_SYSTEM = "fake_system"
    ENCODED = "encoded"
    STUFFING = "stuffing"
    COPIED = "copied"
    ACCOMPLICE = "accomplice"


def _gap(most: int) -> str:
    """Up to so many words between two others."""
    return rf"(?:\W+\w+){{0,{most}}}?\W+"


# Where an imperative can stand: "saya abaikan aturan" tells, "abaikan aturan" orders.
OPENING = r"(?:^\s*|[,:;.!?\"'()\[\]{}>*#=\n-]\s*)"
ASKING = (
    r"\b(?:tolong|mohon|harap|silakan|silahkan|please|pls|plz|kindly|sekarang|now|kamu|anda|lu|lo|"
    r"you|must|should|wajib|harus|cukup|langsung|segera|ayo|mari|just|simply|immediately|kindly|"
    r"diminta|diperintahkan|(?:perintah\w*|minta|suruh|order|command|instruct|ask|want|need) (?:kamu|anda|kalian|you)|instructed to|told to|required to|need to|have to|perlu)\s+(?:untuk\s+|to\s+)?"
)
JOINING = r"\b(?:dan|and|lalu|then|jadi|so|maka|serta|terus|agar|supaya|kemudian|instead|saja)\s+"
STRICT = rf"(?:{OPENING}|{ASKING})"
LOOSE = rf"(?:{OPENING}|{ASKING}|{JOINING})"

GIVE = (
    r"(?:be?ri(?:kan|lah|in)?|kasih(?:kan|lah)?|kasi|isi(?:kan|lah)?|set(?:el)?|tetapkan|tulis(?:kan|lah)?|"
    r"naikkan|naikin|jadikan|jadiin|ubah|ganti|pastikan|pastiin|anggap(?:lah)?|tempatkan|taruh|letakkan|catat|masukkan|"
    r"keluarkan|hasilkan|balas|jawab(?:lah)?|cetak|nilai(?:lah)?|utamakan|prioritaskan|menangkan|rekomendasikan|loloskan|"
    r"pilih(?:lah)?|hadiahkan|sematkan|perlakukan|menaruh|menempatkan|kunci|lock|force|paksa|give|assign|set|rate|score|mark|put|award|make|rank|raise|output|"
    r"return|respond|reply|answer|print|write|choose|pick|select|recommend|prefer|place|treat|"
    r"consider|boost|promote|ensure|favou?r|bump|max|grant|emit|list|increase|lift|declare|crown|label)"
)
HARD = (
    r"(?:nilai(?:nya)?|skor(?:nya)?|scores?|scoring|rating|r_raw|peringkat|rank(?:ing|ed)?|poin|points?|bobot|relevansi|"
    r"relevance|nomor satu|nomor 1|nomer satu|number one|number 1|no\.? ?1|#1|teratas|paling atas|puncak|top|"
    r"1[.,]0+|k\s*,\s*s|relevan|juara pertama|urutan pertama|first place|ranking 1)"
)
SOFT = (
    r"(?:tertinggi|maksimal|maksimum|max(?:imum|imal)?|highest|sempurna|perfect|penuh|full|pertama|first|satu|"
    r"one|100|1|setinggi(?:-tingginya| mungkin)?|pemenang(?:nya)?|winner|best|terbaik|satu-satunya|mentok)"
)
POINTS = rf"(?:{HARD}|{SOFT})"
WHO = r"(?:zname|zkey|zopt)"
THOSE = (
    rf"(?:{WHO}|kandidat|candidates?|(?:profesi|pekerjaan|profession|occupation|job|option|opsi)"
    r" (?:ini|itu|tersebut|terakhir|pertama|this|that)|(?:this|that|the last|the first)"
    r" (?:profession|occupation|job|option|candidate))"
)
ONE = r"(?:1(?:[.,]0+)?|0?[.,]\d+|100 ?%?|10/10|max\w*|maksimal|full|penuh|sempurna|tertinggi|highest|satu|one|perfect|nol|zero|0)"
ENDS = r"(?=\s*(?:$|[,.;)}\]|\"'%/&+<>!\n]|dan\b|and\b|lalu\b|then\b|semua|untuk\b|di\b|for\b|zname|zkey))"
DUTY = (
    r"(?:harus(?:nya)?|wajib|mesti|kudu|pasti|layak|pantas|berhak|must|should|shall|will|needs? to|has to|have to|deserves?|"
    r"ought to|sudah|telah|gets?|is to|are to)"
)
IGNORE = (
    r"(?:abaikan|abaiin|lupakan|lupain|hiraukan|acuhkan|kesampingkan|cuekin|tinggalkan|batalkan|hapus|lewati|timpa|ganti|"
    r"ignore|disregard|forget|override|overrule|bypass|discard|neglect|cancel|drop|skip|scrap|(?:do not|don'?t|never) (?:follow|obey|use)|"
    r"jangan (?:ikuti|patuhi|hiraukan|pakai|gunakan|baca|turuti)|stop (?:following|using|obeying|scoring)|"
    r"berhenti (?:mengikuti|menilai))"
)
RULES = (
    r"(?:instruksi|perintah|aturan|petunjuk|pedoman|arahan|prompt|kriteria|rubrik|ketentuan|panduan|"
    r"instructions?|rules?|prompts?|guidelines?|guides?|directions?|directives?|criteria|rubrics?|orders?|"
    r"penilaian|evaluasi|skala|tugas (?:awal|sebelum\w*|semula|di atas)|semua yang (?:di atas|sebelum\w*)|"
    r"(?:everything|anything|all|text|what) (?:above|before|that came|you)|kandidat|candidates?|semua kata|"
    r"(?:teks|tulisan|cerita|jawaban|text|writing|essay|answer) (?:di atas|ini|tadi|above|this|sebelum\w*)|penanda|markers?|kewarasan)"
)
EARLIER = (
    r"(?:sebelum\w*|di ?atas|sistem|awal|semula|tadi|lama|system|previous|prior|above|earlier|existing|original|"
    r"your|kamu|anda|mu|initial|preceding|all|semua|seluruh|segala)"
)
TOP_PLACE = (
    r"(?:(?:nomor|nomer|number|urutan|no\.?|ranking|rank|peringkat) (?:satu|1|one|pertama|teratas)|teratas|paling atas|di atas|"
    r"(?:di )?puncak|top\b|first\b|(?:rekomendasi|posisi|pilihan|hasil) (?:pertama|utama|puncak|teratas)|1[.,]0+|"
    r"(?:nilai|skor|score|rating|poin|angka)\w*\W+(?:yang |a |of |paling )?(?:1|satu|one|penuh|full|tertinggi|tinggi|maksimal|sempurna|perfect|max\w*))"
)
STRICT_JUDGE = r"(?:(?:(?:sistem|mesin|bot|model|ai) )?penilai|evaluator|grader|judge|penskor|scorer|rater|hakim itu)"
JUDGE = (
    r"(?:penilai|juri|evaluator|grader|judge|scorer|rater|penskor|(?:sistem|mesin|bot|model|ai) penilai\w*|ai|model(?: ai| bahasa)?|"
    r"llm|gpt\S*|chatgpt|claude|gemini|asisten(?: ai)?|(?:ai )?assistant|language model|scoring (?:model|engine|system|ai)|"
    r"matching engine|pemeriksa|reviewer|bot|algoritma|algorithm)"
)
OFFICE = (
    r"(?:sistem|system|admin\w*|pengembang|developers?|operator|root|superuser|openrouter|openai|pemilik aplikasi|"
    r"tim (?:pengembang|produk|qa|audit)|qa team|product team|moderator|pengawas|kementerian|engineering)"
)
NOTICE = (
    r"(?:pesan|catatan|perintah|instruksi|pengumuman|arahan|pembaruan|konfigurasi|kebijakan|note|message|notice|memo|update|"
    r"override|instructions?|prompt|policy|command|directive|patch|config(?:uration)?)"
)
TAGS = (
    r"system|sistem|instructions?|instruksi|perintah|prompt|assistant|asisten|override|admin|scores?|policy|kebijakan|developer|sudo|"
    r"tool_call|tool_result|function_call|thinking|im_start|im_end|endoftext|eot_id|start_header_id|human"
)

STRONG: tuple[tuple[Order, re.Pattern[str]], ...] = tuple(
    (order, re.compile(pattern))
    for order, pattern in (
        # Ignore the rules.
        (Order.OVERRIDE, rf"{STRICT}{IGNORE}{_gap(4)}{RULES}\b"),
        (Order.OVERRIDE, rf"{LOOSE}{IGNORE}{_gap(2)}{EARLIER}{_gap(2)}{RULES}\b"),
        (Order.OVERRIDE, rf"{LOOSE}{IGNORE}{_gap(1)}{RULES}{_gap(2)}{EARLIER}\b"),
        (
            Order.OVERRIDE,
            rf"\b{RULES}{_gap(2)}{EARLIER}?(?:\W+\w+){{0,3}}?\W+(?:tidak (?:lagi )?berlaku|"
            r"(?:sudah )?(?:dicabut|dibatalkan|diganti|dihapus)|no longer (?:appl\w+|valid|active)|(?:is|are|has been|have been) "
            r"(?:void|cancelled|canceled|replaced|revoked|obsolete|superseded|overridden|suspended))",
        ),
        # Give it points.
        (Order.SCORE, rf"{LOOSE}{GIVE}{_gap(8)}{THOSE}{_gap(8)}{HARD}\b"),
        (Order.SCORE, rf"{LOOSE}{GIVE}{_gap(8)}{HARD}{_gap(8)}{THOSE}\b"),
        (
            Order.SCORE,
            rf"{LOOSE}(?:be?ri\w{{0,3}}|kasih\w{{0,3}}|kasi|set(?:el)?|tetapkan|isi\w{{0,3}}|naikkan|jadikan|jadiin|anggap|give|assign|rate|"
            rf"score|rank|mark|award|put|make|declare|crown|pastikan|ensure|tempatkan|taruh|place|nilai|grant|treat)(?:{_gap(6)}|\s+){WHO}{_gap(6)}{SOFT}\b",
        ),
        (
            Order.SCORE,
            rf"{LOOSE}(?:be?ri\w{{0,3}}|kasih\w{{0,3}}|kasi|set|tetapkan|isi\w{{0,3}}|give|assign|award|put|grant|output|print|write|return|tulis|emit|cetak){_gap(4)}"
            rf"{SOFT}{_gap(5)}{WHO}",
        ),
        (
            Order.SCORE,
            rf"{WHO}{_gap(5)}{DUTY}{_gap(3)}(?:menang|juara|win\b|first|{TOP_PLACE}|terpilih|dipilih|selected|chosen|"
            r"dimenangkan|direkomendasikan|recommended|come out|diutamakan|prioritized|the winner|pemenang\w*)",
        ),
        (
            Order.SCORE,
            rf"{WHO}{_gap(5)}(?:{DUTY}{_gap(2)})?(?:mendapat\w*|memperoleh|diberi\w*|dinilai|get|gets|receives?|be given|be "
            rf"scored|be rated|be ranked|is given|bernilai|berskor|dapat|dapet|earns?|scores?|gets rated){_gap(3)}{POINTS}\b",
        ),
        (
            Order.SCORE,
            rf"\b{HARD}{_gap(3)}(?:untuk|bagi|buat|pada|milik|ke|kepada|of|for|to|dari){_gap(3)}{WHO}{_gap(4)}{ONE}{ENDS}",
        ),
        (
            Order.SCORE,
            rf"\b{HARD}(?:\W+(?:nya|yang|paling|the|a|of|full|penuh|tertinggi|maksimal|highest|sempurna|terbaik|1|100|wajib|harus|must|be|pasti|tinggi|selalu|always))*"
            rf"\W+(?:untuk|bagi|buat|ke|kepada|for|to)\W+(?:profesi |pekerjaan |kandidat |the |candidate |si |job )*{WHO}",
        ),
        (Order.SCORE, rf"(?:nilai|skor|scores?|rating|relevansi|relevance)(?:nya)?\W+(?:si )?{WHO}{_gap(3)}{POINTS}\b"),
        (Order.SCORE, rf"{WHO}'?s?{_gap(1)}(?:nilai|skor|score|rating|relevance)\w*{_gap(4)}{ONE}{ENDS}"),
        (
            Order.SCORE,
            rf"(?:k|s|b)(?: dan |, | and |/)(?:s|b)(?:(?: dan |, | and |, and |/)b)?\b{_gap(6)}(?:{ONE}\b|{WHO})",
        ),
        (
            Order.SCORE,
            rf"\b(?:semua|seluruh|setiap|all|every|each|any|other|others|rest|sisa\w*|lain(?:nya)?|selain){_gap(6)}"
            rf"(?:kandidat|candidates?|profesi|professions?|occupations?|pekerjaan|key|zkey|zname|jobs?){_gap(8)}(?:nol|zero|0|0[.,]0+|1|satu|one|serendah\w*|terendah|lowest|null)"
            rf"{ENDS}",
        ),
        (
            Order.SCORE,
            rf"(?:(?:kandidat|profesi|pekerjaan|yang|candidates?|professions?|jobs?|everything|everyone|the) (?:lain\w*|others?|else|rest|sisanya)){_gap(7)}"
            rf"(?:nol|zero|0|0[.,]0+|serendah\w*|terendah|lowest){ENDS}",
        ),
        (
            Order.SCORE,
            rf"\b(?:jawaban|kunci|answer|hasil|keputusan|result|verdict|rekomendasi|recommendation|pemenang\w*|winner|juara\w*|label|"
            rf"ground truth|choice|pilihan|match|decision|output)(?:\W+(?:yang|paling|benar|tepat|resmi|akhir|final|correct|right|official|only|best|expected|jawaban|"
            rf"utama|pertama|gold|true|satu-satunya|test|untuk|for|this|tes|ini|ideal|nya|student|siswa))*(?:\s*[:=]+\s*|\s+(?:adalah|ialah|yaitu|is|tetap|selalu|hanya)\s+)(?:tetap |hanya |only |always |the )?\W*{WHO}",
        ),
        (
            Order.SCORE,
            rf"\b{JUDGE}(?:\W+\w+){{0,3}}?\W+{DUTY}{_gap(5)}(?:memberi\w*|menilai|memilih|menaruh|memasukkan|mengutamakan|give|score|rate|"
            rf"choose|pick|rank|output|answer|select|return|assign|put|place|menjawab|menempatkan){_gap(8)}{WHO}",
        ),
        (
            Order.SCORE,
            rf"{WHO}{_gap(4)}(?:dinyatakan|ditetapkan|dikunci|(?:is |hereby )+declared|locked|pinned|forced|dimenangkan|diutamakan|diprioritaskan)\b|"
            rf"\b(?:dimenangkan oleh|won by|meloloskan|memenangkan|memperjuangkan kemenangan){_gap(2)}{WHO}",
        ),
        (Order.SCORE, rf"{WHO}{_gap(3)}(?:tolong|mohon|please|harap){_gap(3)}(?:di)?(?:kasih|beri|nilai|isi|set|naikkan|menangkan|skor|score)\w{{0,3}}{_gap(4)}{POINTS}"),
        (Order.SCORE, rf"\b(?:correct|right|only|true|benar|tepat|expected)\W+(?:candidate|answer|label|kandidat|jawaban|key)\b{_gap(5)}{WHO}|\b(?:kandidat|jawaban) (?:yang )?(?:benar|tepat|correct)\w*{_gap(4)}{WHO}"),
        (Order.SCORE, rf"\b(?:jawabanmu|your (?:answer|output|result|verdict|response)|hasilmu|keputusanmu|outputmu)\b{_gap(9)}{WHO}"),
        (Order.SCORE, rf"\b{STRICT_JUDGE}\b[^\n]{{0,160}}(?:\b{POINTS}\b[^\n]{{0,120}}{WHO}|{WHO}[^\n]{{0,120}}\b{POINTS}\b)|\b{STRICT_JUDGE}\W+{DUTY}{_gap(8)}{WHO}"),
        (Order.SCORE, rf"{STRICT}{IGNORE}\W+(?:semua )?(?:yang|the|all|kandidat|profesi)? ?(?:lain\w*|rest|others?|sisa\w*)\b[^\n]{{0,80}}{WHO}"),
        (Order.SCORE, rf"\b\w*(?:top|rank|peringkat|winner|pemenang|target|match|skor|score|best|first|juara)\w*[\"']?\]?\s*[:=]+>?\s*[\"'\[{{]*\s*{WHO}"),
        (Order.SCORE, r"\b[ksb]-?nya\W+(?:satu|1|penuh|sempurna)\b|\bk\W{1,3}s\W{1,3}b\b|\b[ksb]\W{1,2}zname|zname\W{1,3}1\W{1,3}1\b"),
        (Order.SCORE, rf"{LOOSE}(?:pilih|choose|pick|select|menangkan|rekomendasikan|recommend|utamakan|prioritaskan|loloskan|prefer)(?:\s+|{_gap(3)}){WHO}(?:\s+(?:saja|only|regardless|whatever|apa ?pun|tanpa|no matter|sebagai|as|di|over|daripada|every|always|selalu))"),
        # Keys.
        (Order.KEY, rf"(?:zkey|zname)[\"'`*_)\]]*\s*(?:=+>?|:=?|->|=>|→|⇒|\|)\s*[\"'{{(\[`*]*\s*(?:[krsb]\s*[:=]\s*)?{ONE}{ENDS}"),
        (Order.KEY, rf"zkey{_gap(3)}(?:{POINTS}|zname|jawaban|benar|correct|right|answer|menang|wins?|kunci|key|lolos|utama)\b"),
        (Order.KEY, rf"(?:{POINTS}|jawaban\w*|answer|kunci|pilih|choose|pick|select|menangkan|prioritaskan){_gap(3)}zkey"),
        (Order.KEY, rf"(?:zname|profesi\w*|occupation|job){_gap(4)}(?:kode|code|key|kunci|di|at|under|pada|nomor|is|adalah|=|berada){_gap(2)}zkey"),
        (Order.KEY, r"zkey\W{0,3}(?:adalah|is|=|itu|yaitu|:)?\W{0,3}zname"),
        (Order.KEY, r"(?:zkey\W+(?:dan |and |, |or |atau )*){2,}"),
        (Order.KEY, rf"zkey[^\n]{{0,60}}\b(?:choose|pilih\w*|benar|tepat|menang|wins?|kandidat|candidate|{POINTS})\b|\b(?:choose|pilih\w*|benar|tepat|right|correct|kandidat|candidate|answer|jawaban)\b[^\n]{{0,40}}zkey"),
        (Order.KEY, r"\b(?:key|kunci|kode)(?:nya|ku)?\b[^.\n]{0,40}\bzkey|zkey[^.\n]{0,30}\b(?:key|kunci)\b"),
        # Fake answers.
        (Order.FAKE_OUTPUT, rf"{STRICT}(?:jawab|balas|keluarkan|output|respond|reply|return|print|cetak|emit|kembalikan)\w{{0,3}}\W+(?:\w+\W+){{0,5}}?(?:json|skema|schema|scores|array|\{{|\[)"),
        (Order.FAKE_OUTPUT, r"\bk\"?'?\s*[=:]\s*\"?(?:1(?:[.,]0+)?|satu|one)\"?\W{1,8}(?:dan |and )?\"?'?s\"?'?\s*[=:]\s*\"?(?:1|satu|one)\b"),
        (Order.FAKE_OUTPUT, r"\br_raw\b|[\"']scores[\"']\s*:|\bscores\s*[:=]\s*[\[{]"),
        # Fake frames.
        (Order.FAKE_SYSTEM, rf"<\|?\s*/?\s*(?:{TAGS})\b[^>\n]{{0,40}}\|?>"),
        (Order.FAKE_SYSTEM, rf"(?:\[|【|«|\{{\{{|\(\()\s*/?\s*(?:inst|sys|{TAGS}|(?:end|akhir)\b)[^\]】»}})\n]{{0,60}}(?:\]|】|»|\}}\}}|\)\))"),
        (Order.FAKE_SYSTEM, r"<<\s*/?\s*sys\s*>>|<{2,}\s*[0-9a-f]{4,}\s*>{2,}|\bsudo\s+\w+"),
        (Order.FAKE_SYSTEM, rf"^\W*#+\s*(?:{TAGS}|response|new task|tugas baru|task baru|jawaban model|output|akhir|end)\b"),
        (Order.FAKE_SYSTEM, rf"^\W*(?:{OFFICE}|{JUDGE})\W{{0,3}}(?:{NOTICE}|mode)\b"),
        (Order.FAKE_SYSTEM, rf"^\W*{NOTICE}(?:\W+(?:dari|from|untuk|kepada|to|for|penting|the|tim|resmi|khusus|internal|of)){{0,4}}\W+(?:{OFFICE}|{JUDGE})\b(?:\W+\w+){{0,3}}?\s*[:\-–—,(\n]"),
        (Order.FAKE_SYSTEM, r"\b(?:mode|modus) (?:pengembang|developer|admin|debug|dewa|god|dan|jailbreak|uji coba internal|maintenance|perawatan)\b[^.\n]{0,20}(?:aktif|active|enabled|on\b|dinyalakan|diaktifkan|unlocked)|\b(?:aktifkan|enable|enter|entered|masuk(?:i)?) (?:mode )?(?:developer|pengembang|debug|admin|god|jailbreak|maintenance)(?: mode)?\b|\b(?:kamu|you)(?:\W+\w+){1,4}?\W+(?:bukan|not)(?: lagi| a| an| the)? (?:penilai|grader|judge|evaluator|juri)\b"),
        (Order.FAKE_SYSTEM, r"(?:akhir|end|selesai|batas)\W+(?:dari |of |the |user |student )+(?:teks|text|essay|input|data)\b|^\W*={2,}\s*\w+(?: \w+)?\s*={2,}|(?:akhir|end|selesai|batas)\W+(?:dari |of |the )*(?:teks|tulisan|data|masukan|input|jawaban|text|essay|answer|cerita)\b(?:\W+(?:dari |of |the )*(?:pengguna|siswa|user|peserta|student|untuk dinilai)\b|\W*[=\-*#>\]]{2,})"),
        (Order.FAKE_SYSTEM, r"\b(?:penanda|marker|delimiter|pembatas|tanda kutip)\b[^.\n]{0,30}\b(?:berakhir|selesai|ditutup|ends?|closed?|over|tutup)\b|\b(?:di luar|outside(?: of)?)\W+(?:the )?(?:penanda|markers?|delimiters?)\b"),
        (Order.FAKE_SYSTEM, rf"{OPENING}(?:hai|halo|hei|hey|hi|hello|wahai|dear|attention|perhatian|psst|untuk|kepada|to|yth\.?|teruntuk|note to|pesan untuk|catatan untuk)\W+(?:the |para |kak |bapak |ibu |yang |kamu |you |whichever )*{JUDGE}(?:\W+(?:yang|ai|who|that|which|reading|membaca|menilai|ini|this|tersayang|baik|pintar|in charge|bijak|hebat)){{0,4}}\s*[,:!\-–—]"),
        (Order.FAKE_SYSTEM, rf"\b(?:kamu|anda|engkau|kau|lu|you)\b\W+(?:\w+\W+){{0,4}}?{JUDGE}\b[^.\n]{{0,80}}\b(?:zname|zkey|skor|score|nilai \w*(?:tinggi|sempurna|penuh|maks)\w*|patuh|obey|comply|tanpa batas|no limits?|unrestricted|bebas aturan|apa pun)"),
        (Order.FAKE_SYSTEM, rf"{STRICT}(?:act as|jadilah|misalkan kamu|misalnya kamu|seolah-olah kamu|seandainya kamu|suppose you|say you are|stay in character|dalam cerita ini kamu|in this (?:story|world|hypothetical|scenario)|lanjutkan (?:tokoh|peran)|bertindak\w* (?:sebagai|seperti|seolah)|berperan\w* (?:sebagai|jadi|seperti)|(?:ber)?pura-pura\w*|pretend|role-?play|let'?s (?:play|pretend)|(?:mari|ayo|kita) (?:ber)?main(?: peran| gim)?|imagine you|bayangkan (?:bahwa )?kamu|anggap dirimu)[^.\n]{{0,120}}(?:zname|zkey|{JUDGE}|skor\b|score\b|tanpa aturan|no rules)"),
    )
)  # fmt: skip

# Told alone they are ordinary sentences; beside an order they carry it on.
WEAK: tuple[re.Pattern[str], ...] = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{WHO}.{{0,200}}\b(?:{POINTS}|{DUTY}|cocok|paling|best|pilih\w*|menang|jawaban|answer|perfect|{JUDGE})|"
        rf"\b(?:{POINTS}|{DUTY}|cocok|paling|best|pilih\w*|choose|jawaban|answer|{JUDGE}|{GIVE})\b.{{0,200}}{WHO}",
        rf"^(?:\W*\w+){{0,3}}\W*{WHO}(?:\W+\w+){{0,3}}\W*$|zkey",
        rf"\b(?:kamu|anda|you|your|lu|kau)\b.{{0,120}}\b(?:{JUDGE}|{RULES}|{HARD}|zname|zkey|json|balas|jawab|respond|answer|reply|patuh|obey|comply|"
        r"diam|rahasia|secret|jangan (?:beri ?tahu|sebut|bilang|ungkap)|tahu|dipecat|fired|hapus|shut)",
        rf"\b(?:{HARD}|json|skema|schema|kandidat|candidates?|{NOTICE}|pengguna|user)\b.{{0,120}}\b(?:{POINTS}|{DUTY}|{GIVE}|ini|this|resmi|selesai)",
        r"\b(?:jangan (?:beri ?tahu|sebut\w*|bilang|ungkap\w*|jelaskan|tanya)|(?:do not|don'?t|never) (?:mention|reveal|tell|explain|say|ask|refuse)|rahasiakan|"
        r"ini (?:perintah|resmi|penting)|this is (?:an order|official|mandatory|final|a test)|terima kasih atas kerja|confirm|konfirmasi|no exceptions?|tanpa kecuali|tanpa pengecualian|"
        r"act as|pretend|bayangkan|berpura|anggap|role-?play|ignore|abaikan|override|bypass)\b",
        rf"^\W*(?:{GIVE})\b",
        rf"^\W*(?:ok|oke|baik|sure|siap|understood|tentu|certainly|{OFFICE}|{JUDGE}|user|pengguna|assistant|human)\W*(?:[:,.!]|$)",
    )
)  # fmt: skip

# What somebody tells of an order that they saw, tried or taught; not the order itself.
TOLD = re.compile(
    r"\b(?:saya|aku|gue|gw|kami|i|we|my|me)\b[^\n]{0,120}\b(?:pernah|menguji|mengetes|ngetes|nyoba|mencoba|coba|tes|latihan|belajar|"
    r"lomba|ctf|menulis|nulis|kalimat|contoh|misalnya|meneliti|riset|demo|kutip|artikel|skripsi|tugas|bikin|"
    r"test(?:ed|ing)?|tried|wrote|learned|learnt|phrase|example|workshop|research|talk|essay about|sentence|kata-kata|serangan)\b"
)
QUOTED = re.compile(r"[\"'“”‘’«»`](?P<said>[^\"“”«»`\n]{6,160})[\"'“”‘’«»`]")
POINTED = re.compile(rf"{WHO}|\b(?:{HARD}|scores?|json)\b")
