"""The tags of the audio tagger in several languages, in the order of `encoders.audio.TAGS`."""

from __future__ import annotations

from encoders.captions.words import table

TAG_WORDS = table("""
guitar|吉他|Gitarre|guitarra|guitare
classical|古典音乐|klassische Musik|música clásica|musique classique
slow|慢|langsam|lento|lent
techno|电子舞曲|Techno|techno|techno
strings|弦乐|Streicher|cuerdas|cordes
drums|鼓|Schlagzeug|batería|batterie
electronic|电子音乐|elektronische Musik|música electrónica|musique électronique
rock|摇滚|Rockmusik|rock|rock
fast|快|schnell|rápido|rapide
piano|钢琴|Klavier|piano|piano
ambient|氛围音乐|Ambient|música ambiental|musique d'ambiance
beat|节拍|Takt|ritmo|rythme
violin|小提琴|Geige|violín|violon
vocal|人声|Gesang|voz|chant
synth|合成器|Synthesizer|sintetizador|synthétiseur
female|女性|weiblich|femenino|féminin
indian|印度音乐|indische Musik|música india|musique indienne
opera|歌剧|Oper|ópera|opéra
male|男性|männlich|masculino|masculin
singing|唱歌|Singen|canto|chanter
vocals|歌声|Stimmen|voces|voix chantées
no vocals|无人声|ohne Gesang|sin voces|sans chant
harpsichord|羽管键琴|Cembalo|clavecín|clavecin
loud|响亮|laut|fuerte|bruyant
quiet|安静|leise|silencioso|silencieux
flute|长笛|Flöte|flauta|flûte
woman|女人|Frau|mujer|femme
male vocal|男声|Männergesang|voz masculina|chant masculin
no vocal|没有歌声|kein Gesang|sin voz|pas de chant
pop|流行音乐|Popmusik|música pop|musique pop
soft|柔和|sanft|suave|doux
sitar|西塔琴|Sitar|sitar|sitar
solo|独奏|Solo|solo|solo
man|男人|Mann|hombre|homme
classic|经典|Klassiker|clásico|classique
choir|合唱团|Chor|coro|chœur
voice|声音|Stimme|voz humana|voix
new age|新世纪音乐|New Age|música new age|musique new age
dance|舞曲|Tanzmusik|música de baile|musique de danse
male voice|男人的声音|Männerstimme|voz de hombre|voix d'homme
female vocal|女声|Frauengesang|voz femenina|chant féminin
beats|节奏|Beats|ritmos|rythmes
harp|竖琴|Harfe|arpa|harpe
cello|大提琴|Cello|violonchelo|violoncelle
no voice|没有声音|keine Stimme|ninguna voz|aucune voix
weird|怪异|seltsam|extraño|étrange
country|乡村音乐|Countrymusik|música country|musique country
metal|金属乐|Metal|metal|métal
female voice|女人的声音|Frauenstimme|voz de mujer|voix de femme
choral|合唱|Chormusik|coral|choral
""")
