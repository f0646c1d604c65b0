"""What the advisor by rule says to somebody of whom no result is known, 60 to 150 words. Pure."""

from collections.abc import Mapping
from typing import Final

from app.chat.advisor.intents import Intent

WITHOUT_RESULT: Final[Mapping[Intent, str]] = {
    Intent.STRENGTHS: (
        "Aku belum punya hasil tesmu, jadi aku belum bisa menyebut kekuatanmu satu per satu. Tetap"
        " ada cara sederhana untuk mengenalinya. Selama seminggu, catat tiga kegiatan yang"
        " membuatmu lupa waktu dan tiga bantuan yang sering diminta teman darimu. Perhatikan kata"
        " kerjanya: apakah kamu lebih sering membuat, mencari tahu, membantu, mengajak, atau"
        " merapikan? Pola itu biasanya menunjuk ke arah yang sama. Kalau ingin gambaran yang lebih"
        " jelas, kamu bisa mengisi tes minat Kenali Diri. Kegiatan apa yang terakhir kali"
        " membuatmu lupa waktu?"
    ),
    Intent.CHALLENGES: (
        "Aku belum punya hasil tesmu, jadi aku tidak ingin menebak kekuranganmu. Kamu bisa"
        " mengenalinya sendiri dengan tenang. Selama seminggu, catat tugas yang selalu kamu tunda"
        " dan kegiatan yang cepat membuatmu lelah, lalu tulis alasannya: kurang latihan, kurang"
        " teman, atau memang bukan minatmu? Yang pertama bisa dilatih, yang kedua bisa dibantu"
        " orang lain, dan yang ketiga boleh menjadi petunjuk arah. Tidak semua kelemahan harus"
        " diperbaiki. Kebiasaan apa yang akhir-akhir ini paling menghambatmu?"
    ),
    Intent.PAY: (
        "Aku tidak punya data gaji yang bisa dipercaya, jadi aku tidak mau menebak angkanya."
        " Besarnya biasanya bergantung pada kota, pengalaman, dan jenis tempat kerja. Cara yang"
        " lebih aman: cari tiga lowongan untuk profesi yang kamu incar di kotamu, lalu catat"
        " kisaran gaji dan syarat yang diminta. Tanyakan juga kepada satu orang yang sudah"
        " menjalaninya, termasuk biaya yang harus ia keluarkan. Aku juga belum punya hasil tesmu,"
        " jadi ceritakan sedikit: profesi apa yang sedang kamu pertimbangkan?"
    ),
    Intent.THANKS: (
        "Sama-sama! Senang bisa menemanimu. Simpan satu hal dari obrolan ini yang paling berkesan,"
        " lalu coba jalankan dalam tiga hari ke depan, sekecil apa pun. Kalau hasilnya tidak"
        " seperti yang kamu bayangkan, itu juga kabar yang berguna, dan kita bisa membahasnya di"
        " sini. Aku belum punya hasil tesmu, jadi kalau sempat, isi tes minat Kenali Diri supaya"
        " jawabanku lebih dekat denganmu. Masih ada yang ingin kamu bahas?"
    ),
    Intent.EXPLORATION: (
        "Aku belum punya hasil tesmu, jadi aku tidak ingin menebak profesi untukmu. Kita bisa"
        " mulai dari keseharian yang kamu sukai. Bayangkan hari Selasa biasa lima tahun lagi:"
        " apakah kamu sedang membuat sesuatu, meneliti, mencipta, menemani orang, memimpin, atau"
        " menata data? Pilih dua yang paling menarik, lalu cari tiga profesi yang isi harinya"
        " seperti itu. Setelah itu, tanyakan kepada satu orang yang menjalaninya, bagian mana yang"
        " paling berat. Tes Kenali Diri bisa membantu mempersempit pilihanmu. Dari enam kegiatan"
        " tadi, mana yang langsung menarik perhatianmu?"
    ),
    Intent.COMPARISON: (
        "Untuk membandingkan dua pilihan, jangan mulai dari nama atau gengsinya, tetapi dari isi"
        " harinya. Tulis tiga kegiatan utama masing-masing, lalu beri tanda pada kegiatan yang"
        " rela kamu ulang setiap pekan. Setelah itu, lihat tiga hal: keahlian yang perlu kamu"
        " pelajari, lingkungan kerjanya, dan seberapa mudah kamu mencobanya sekarang. Pilihan yang"
        " bisa kamu uji dengan tugas kecil biasanya lebih cepat memberi jawaban. Aku belum punya"
        " hasil tesmu, jadi ceritakan saja: dua pilihan apa yang sedang kamu timbang?"
    ),
    Intent.NEXT_STEPS: (
        "Langkah pertama yang baik biasanya kecil dan bisa selesai dalam tiga hari. Pilih satu"
        " kegiatan yang membuatmu penasaran, cari satu pelajaran gratis tentangnya, lalu buat satu"
        " hasil sederhana yang bisa kamu tunjukkan kepada teman. Minta satu masukan yang jujur,"
        " dan catat bagian mana yang ingin kamu ulang. Dua atau tiga percobaan seperti itu sudah"
        " cukup untuk melihat polanya. Aku belum punya hasil tesmu, jadi aku ingin tahu dulu:"
        " kegiatan apa yang akhir-akhir ini ingin kamu coba, tetapi selalu tertunda?"
    ),
    Intent.STUDY: (
        "Memilih jurusan lebih ringan kalau kamu melihat isinya, bukan hanya namanya. Buka daftar"
        " mata kuliah dua semester pertama dari tiga jurusan, lalu tandai pelajaran yang ingin"
        " kamu baca walaupun tidak diujikan. Tanyakan juga kepada kakak tingkat, tugas apa yang"
        " paling sering mereka kerjakan. Jurusan tidak mengunci jalanmu, karena banyak orang"
        " bekerja di bidang yang berdekatan. Aku belum punya hasil tesmu, jadi ceritakan sedikit:"
        " pelajaran apa yang paling kamu nikmati, dan jurusan apa yang sedang kamu pertimbangkan?"
    ),
    Intent.DOUBT: (
        "Wajar kalau kamu merasa ragu, apalagi ketika pilihanmu menyangkut harapan orang-orang"
        " yang kamu sayangi. Kamu tidak harus punya jawaban hari ini. Coba pisahkan dua hal di"
        " selembar kertas: apa yang kamu khawatirkan, dan apa yang sudah benar-benar kamu ketahui."
        " Sering kali daftar pertama mengecil setelah ditulis. Kalau menyangkut orang tua,"
        " mulailah dengan mendengarkan kekhawatiran mereka, lalu tawarkan satu percobaan kecil"
        " selama sebulan. Aku belum punya hasil tesmu, tetapi aku siap mendengarkan: bagian mana"
        " yang paling membuatmu ragu?"
    ),
    Intent.GREETING: (
        "Senang kamu mampir. Aku di sini untuk menemanimu mengenal diri, memilih bidang belajar,"
        " dan menimbang karier dengan tenang. Aku belum punya hasil tesmu, jadi kita bisa mulai"
        " dari ceritamu sendiri: kegiatan yang kamu sukai, pelajaran yang membuatmu penasaran,"
        " atau pilihan yang sedang kamu timbang. Kalau ingin gambaran yang lebih jelas, kamu juga"
        " bisa mengisi tes minat Kenali Diri lalu kembali ke sini. Tidak ada pertanyaan yang"
        " terlalu sederhana. Mau mulai dari mana?"
    ),
    Intent.OTHER: (
        "Untuk hal itu aku belum bisa banyak membantu, karena aku paling paham soal diri, belajar,"
        " dan karier. Aku juga belum punya hasil tesmu, tetapi kita tetap bisa mengobrol banyak"
        " hal: cara mengenali kekuatanmu, membandingkan dua profesi, memilih jurusan, atau"
        " menyusun langkah kecil untuk minggu ini. Kalau kamu sudah mengisi tes minat Kenali Diri,"
        " mulailah percakapan dari hasilnya, supaya jawabanku lebih dekat denganmu. Dari semua"
        " itu, mana yang ingin kamu bahas lebih dulu?"
    ),
}
