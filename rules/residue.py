"""Drops what content systems and pages put around an author's words."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache

_BEHIND = r"[\ .:…→»>\]-]*"

# Whole lines in small letters, of which the first two characters stand here as they are. What may be a sentence of a
# person's own ("read more books") is none of these: the line must end where the pattern does.
_LINES = (
    # share buttons
    r"share (?:this(?: (?:post|article|story|page|news))?|on \w+|via \w+)", r"tweet this", r"pin it",
    r"click to (?:share|email|print)[^\n]{0,80}", r"like this:?(?: *loading\.*)?", r"loading\.*",
    r"teilen(?: (?:auf|mit|via|über) [\w-]+)?", r"auf \w+ teilen", r"diesen (?:artikel|beitrag) teilen",
    r"partager(?: (?:sur|via|cet article)(?: [\w-]+)?)?", r"partagez(?: (?:sur \w+|cet article))?",
    r"compartir(?: (?:en|por|este artículo|esta noticia)(?: \w+)?)?",
    r"comparte(?: (?:en \w+|esto|este artículo))?:?",
    r"compartilhar?(?: (?:no|via|este artigo|isso)(?: \w+)?)?:?", r"compartilhe(?: (?:no \w+|isso|este artigo))?:?",
    r"partilhar?(?: (?:no|este artigo)(?: \w+)?)?", r"condividi(?: (?:su \w+|questo articolo|via \w+))?:?",
    r"delen(?: (?:op|via) \w+)?", r"deel (?:dit(?: artikel| bericht)?|op \w+):?", r"dela(?: (?:på|via) \w+)?",
    r"del (?:på|med) \w+", r"udostępnij(?: (?:na|to) \w+)?:?", r"поделиться(?: (?:в|на) \w+)?",
    r"поделитесь[^\n]{0,40}",
    r"paylaş(?: \w+)?", r"bagikan(?: (?:ini|ke \w+|artikel ini))?:?", r"chia sẻ(?: (?:trên|qua) \w+)?",
    r"শেয়ার(?: (?:করুন|করো|করতে ক্লিক করুন|কর))?", r"खबर शेयर करें", r"शेयर (?:करें|करे)", r"साझा करें",
    r"شارك(?: (?:على|عبر|هذا|المقال|الموضوع)(?: \w+)?)?", r"مشاركة(?: (?:على|عبر) \w+)?", r"انشر على \w+",
    r"แชร์(?:เลย|บทความนี้)?", r"シェアする", r"分享(?:到|至)?\w{0,8}", r"공유하기",
    # more of it elsewhere
    r"read (?:more|next|also|the (?:full|whole) (?:article|story|post))(?: (?:on|at|about) [^\n.]{1,60})?",
    r"continue reading(?: [^\n]{1,200})?", r"related(?: (?:posts?|articles?|stories))?",
    r"weiterlesen", r"mehr (?:lesen|dazu|erfahren)", r"lesen sie (?:auch|mehr)", r"zum (?:ganzen )?artikel",
    r"lire (?:la suite|aussi|plus|l['’]article)", r"en savoir plus", r"leer más", r"lea también", r"seguir leyendo",
    r"leia (?:mais|também|a matéria completa)", r"continuar lendo", r"ler mais",
    r"leggi (?:tutto|anche|di più|ancora)",
    r"continua a leggere", r"lees (?:meer|verder|ook)", r"läs (?:mer|också|hela artikeln)", r"les (?:mer|også)",
    r"læs (?:mere|også)", r"czytaj (?:więcej|dalej|także|też)", r"читать (?:далее|полностью|также)", r"читайте также",
    r"devamını oku(?:yun)?", r"ayrıca okuyun", r"baca (?:juga|selengkapnya|lebih lanjut)", r"selengkapnya",
    r"xem thêm", r"đọc (?:thêm|tiếp)", r"আরও (?:পড়ুন|পড়ুন|খবর)", r"আরো (?:পড়ুন|পড়ুন|খবর)",
    r"বিস্তারিত (?:পড়ুন|পড়ুন)",
    r"और पढ़ें", r"यह भी पढ़ें", r"ये भी पढ़ें", r"اقرأ (?:المزيد|أيضا|أيضاً|ايضا)",
    r"إقرأ (?:المزيد|أيضا|أيضاً)", r"للمزيد",
    r"อ่าน(?:ต่อ|เพิ่มเติม)", r"続きを読む", r"阅读(?:全文|更多)", r"閱讀(?:全文|更多)", r"더보기", r"더 보기",
    r"soma zaidi",
    # advertisements and forms
    r"advertisements?", r"sponsored", r"anzeige", r"werbung", r"publicité", r"publicidad", r"publicidade",
    r"pubblicità",
    r"advertentie", r"annons", r"reklama", r"реклама", r"reklam", r"iklan", r"বিজ্ঞাপন", r"विज्ञापन", r"إعلان", r"広告",
    r"sign up for our newsletter[^\n]{0,80}", r"subscribe to our newsletter[^\n]{0,80}",
    r"abonnieren sie unseren newsletter[^\n]{0,80}", r"abonnez-vous à notre newsletter[^\n]{0,80}",
    r"suscríbete a nuestr[oa] [^\n]{0,80}", r"iscriviti alla (?:nostra )?newsletter[^\n]{0,80}",
    r"assine (?:a )?nossa newsletter[^\n]{0,80}",
    r"no comments?:? *\d*", r"comments?:? *\d*",
    # who published it first, as WordPress says it
    r"the post [^\n]{1,300}? (?:first appeared|appeared first) on [^\n]{1,120}",
    r"der beitrag [^\n]{1,300}? (?:erschien zuerst|ist zuerst erschienen) (?:auf|bei) [^\n]{1,120}",
    *(rf"l{mark}article [^\n]{{1,300}}? est apparu en premier sur [^\n]{{1,120}}" for mark in "'’"),
    r"la entrada [^\n]{1,300}? (?:se publicó primero|aparece primero|apareció primero) en [^\n]{1,120}",
    r"o post [^\n]{1,300}? apareceu primeiro em [^\n]{1,120}",
    *(rf"l{mark}articolo [^\n]{{1,300}}? proviene da [^\n]{{1,120}}" for mark in "'’"),
    r"het bericht [^\n]{1,300}? verscheen eerst op [^\n]{1,120}",
    r"inlägget [^\n]{1,300}? dök först upp på [^\n]{1,120}",
    r"wpis [^\n]{1,300}? pojawił się poczatkowo na [^\n]{1,120}",
    r"сообщение [^\n]{1,300}? появились? сначала на [^\n]{1,120}",
    r"artikel [^\n]{1,300}? pertama kali tampil (?:pada|di) [^\n]{1,120}",
    # cookie notices, and what a page says to a machine
    r"we (?:and our partners )?use cookies[^\n]{0,300}", r"this (?:web)?site uses cookies[^\n]{0,300}",
    r"our (?:web)?site uses cookies[^\n]{0,300}",
    r"by (?:continuing|using)[^\n]{1,60} (?:site|website)[^\n]{0,80} cookies[^\n]{0,200}",
    r"accept (?:all )?(?:cookies|& close)", r"reject all(?: cookies)?",
    r"cookie (?:settings|policy|preferences|notice)",
    r"manage (?:cookies|cookie preferences)",
    r"diese (?:web)?(?:seite|site) (?:verwendet|nutzt) cookies[^\n]{0,300}",
    r"wir (?:verwenden|nutzen|setzen) cookies[^\n]{0,300}", r"alle(?: cookies)? akzeptieren", r"cookie-einstellungen",
    r"ce site (?:web )?utilise des cookies[^\n]{0,300}", r"nous utilisons des cookies[^\n]{0,300}",
    r"este sitio (?:web )?(?:utiliza|usa) cookies[^\n]{0,300}", r"utilizamos cookies[^\n]{0,300}",
    r"usamos cookies[^\n]{0,300}",
    r"este site (?:utiliza|usa) cookies[^\n]{0,300}",
    r"questo sito (?:web )?(?:utilizza|usa) (?:i )?cookie[^\n]{0,300}",
    r"deze (?:web)?site (?:gebruikt|maakt gebruik van) cookies[^\n]{0,300}",
    r"ta strona (?:używa|korzysta z|wykorzystuje) (?:plik(?:i|ów) )?cookies?[^\n]{0,300}",
    r"этот сайт использует (?:файлы )?cookie[^\n]{0,300}", r"এই (?:ওয়েবসাইট|সাইট)[^\n]{0,20} কুকি[^\n]{0,200}",
    r"please enable javascript[^\n]{0,120}", r"javascript (?:is disabled|must be enabled)[^\n]{0,120}",
    r"you need to enable javascript[^\n]{0,120}", r"bitte aktivieren sie javascript[^\n]{0,120}",
    r"veuillez activer javascript[^\n]{0,120}",
    r"ihr browser unterstützt (?:das|keine?) [^\n]{1,80}", r"votre navigateur ne (?:prend|supporte)[^\n]{1,80}",
    r"su navegador no (?:soporta|admite) [^\n]{1,80}", r"tu navegador no (?:soporta|admite) [^\n]{1,80}",
    r"seu navegador não suporta [^\n]{1,80}",
    r"il tuo browser non supporta [^\n]{1,80}",
    # Reddit's feeds
    r"submitted by +/?u/\S+(?: +to +r/\S+)?(?: *\[link\])?(?: *\[comments\])?",
)  # fmt: skip

_LONGEST = 500  # characters of a line that is residue

# What stands at the end of a text, or anywhere in a line.
_ENDS = re.compile(
    r"""
    \bthe\ post\ [^\n]{1,300}?\ (?:first\ appeared|appeared\ first)\ on\ [^\n]{1,120}?\.?\ *$
    |(?:(?<=[.!?”"])|\ *(?:\[(?:…|\.\.\.)\]|…|\.\.\.))
        \ *\[?(?:continue\ reading|read\ (?:more|the\ (?:full|whole)\ (?:article|story|post)))
        (?:\ (?:on|at|about)\ [^\n.]{1,60})?
        [\ .:…→»>\]-]*$
    |\ *submitted\ by\ +/?u/\S+(?:\ +to\ +r/\S+)?(?:\ *\[link\])?(?:\ *\[comments\])?\ *$
    """,
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)
_MACHINES = re.compile(
    r"\$config\[\w{1,40}\](?: not found)?\.?"
    r"|\byour browser does not support (?:the |html5? ?)?(?:audio|video|iframes?|canvas|object|embed|inline frames)"
    r"(?: (?:element|tag|player|playback|format))*\.?",
    re.IGNORECASE,
)


_COUNTED = r"\d+ comments?"


def _by_opening() -> dict[str, str]:
    """The lines by their first two characters: one look-up tells of most lines that they are none of these."""
    filed: dict[str, list[str]] = defaultdict(list)
    for line in _LINES:
        filed[line[:2]].append(line)
    for first in "0123456789":
        for second in "0123456789 ":
            filed[first + second].append(_COUNTED)
    return {opening: f"(?:{'|'.join(lines)}){_BEHIND}" for opening, lines in filed.items()}


_FILED = _by_opening()
_compiled = lru_cache(maxsize=None)(re.compile)  # one by one, as they are asked for: all take a tenth of a second


def may_hold_residue(lowered: str) -> bool:
    """Whether there may be residue in a text, given in small letters; said of few texts that hold none."""
    if "\n" in lowered:
        if any(is_residue(line) for line in lowered.split("\n") if line[:2] in _FILED):
            return True
    elif lowered[:2] in _FILED and is_residue(lowered):
        return True
    return (
        ("read" in lowered and ("read " in lowered or "continue reading" in lowered))
        or ("appeared" in lowered and ("first appeared" in lowered or "appeared first" in lowered))
        or ("browser" in lowered and "browser does not support" in lowered)
        or "submitted by" in lowered
        or ("$" in lowered and "$config[" in lowered)
    )


def without_residue(text: str) -> str:
    """Gives `text`, whose lines begin and end with a letter, without residue; its other lines stay as they are."""
    kept = [line for line in text.split("\n") if not is_residue(line.lower())]
    return _MACHINES.sub("", _ENDS.sub("", "\n".join(kept)))


def is_residue(line: str) -> bool:
    """Whether a line, given in small letters, is residue as a whole."""
    filed = _FILED.get(line[:2])
    return filed is not None and len(line) <= _LONGEST and _compiled(filed).fullmatch(line) is not None
