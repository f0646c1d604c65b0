"""How the advisor by rule speaks of the six letters. Pure."""

from collections.abc import Mapping, Sequence
from typing import Final

from app.career_profile.riasec.hexagon import TYPE_NAMES, Letter
from app.users.names import NO_NAME

MAX_NAME_CHARS: Final = 40
# What somebody of this letter likes to do; fits after "kamu bersemangat saat".
LIKES: Final[Mapping[Letter, str]] = {
    Letter.R: "mengerjakan sesuatu dengan tangan dan melihat hasilnya nyata",
    Letter.I: "menyelidiki sebab dan mengolah data",
    Letter.A: "mencipta dan bermain dengan gagasan",
    Letter.S: "menemani dan membantu orang lain",
    Letter.E: "memimpin dan meyakinkan orang",
    Letter.C: "menata hal sampai rapi dan teliti",
}
STRENGTHS: Final[Mapping[Letter, str]] = {
    Letter.R: "Kamu berani mencoba langsung dan tidak mudah menyerah pada hal teknis.",
    Letter.I: "Kamu tahan menelusuri pertanyaan sulit sampai jawabannya bisa dipercaya.",
    Letter.A: "Kamu bisa melihat kemungkinan baru pada hal yang tampak biasa.",
    Letter.S: "Kamu peka pada perasaan orang dan sabar mendampingi mereka.",
    Letter.E: "Kamu berani mengambil peran dan menggerakkan orang menuju tujuan.",
    Letter.C: "Kamu bisa diandalkan karena teliti dan menuntaskan yang dimulai.",
}
EXERCISES: Final[Mapping[Letter, str]] = {
    Letter.R: "Perbaiki atau rakit satu benda kecil, lalu catat langkah yang paling kamu nikmati.",
    Letter.I: "Pilih satu pertanyaan yang membuatmu penasaran, lalu cari jawabannya dari tiga"
    " sumber.",
    Letter.A: "Buat satu karya kecil dari gagasan yang lama kamu simpan, lalu tunjukkan kepada"
    " teman.",
    Letter.S: "Bantu satu orang belajar hal yang kamu kuasai, lalu tanyakan bagian yang paling"
    " menolongnya.",
    Letter.E: "Ajak dua teman menjalankan satu kegiatan kecil, lalu pimpin dari rencana sampai"
    " selesai.",
    Letter.C: "Rapikan satu catatan, jadwal, atau tabel yang berantakan sampai orang lain mudah"
    " memakainya.",
}
STUDIES: Final[Mapping[Letter, str]] = {
    Letter.R: "teknik, vokasi, dan teknologi terapan",
    Letter.I: "sains, matematika, dan ilmu data",
    Letter.A: "desain, seni, dan komunikasi visual",
    Letter.S: "pendidikan, psikologi, dan kesehatan masyarakat",
    Letter.E: "manajemen, pemasaran, dan kewirausahaan",
    Letter.C: "akuntansi, administrasi, dan sistem informasi",
}


def named(letter: Letter) -> str:
    """ "Investigative (I)"."""
    return f"{TYPE_NAMES[letter]} ({letter.value})"


def listed(names: Sequence[str]) -> str:
    """ "a", "a dan b", "a, b, dan c"."""
    if len(names) < 3:
        return " dan ".join(names)
    return f"{', '.join(names[:-1])}, dan {names[-1]}"


def greeting(first_name: object) -> str:
    """ "Hai, Sari!", and "Hai!" for whom we know no name of."""
    name = first_name.strip()[:MAX_NAME_CHARS] if isinstance(first_name, str) else ""
    return f"Hai, {name}!" if name and name != NO_NAME else "Hai!"
