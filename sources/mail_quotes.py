"""Tells what the author of a mail wrote from what is quoted in it and from what stands below every mail of theirs."""

from __future__ import annotations

import re

MOST_LINES = 20_000
_LONGEST_ATTRIBUTION = 400
_LONG_LINE = 1_000  # nothing that is looked for stands in a longer one

_WROTE = (
    "wrote", "writes", "schrieb", "a écrit", "a ecrit", "escribió", "escribio", "ha scritto", "scrisse", "escreveu",
    "schreef", "skrev", "kirjoitti", "napsal", "napisał", "написал", "написала", "пишет", "написав", "yazdı",
    "লিখেছেন", "লিখেছে", "লিখলেন", "ने लिखा", "님이 작성", "写道", "寫道", "のメール", "がかきました", "كتب", "viết",
)  # fmt: skip
_ATTRIBUTION_TELLS = re.compile(r"@|\d{1,4}[./:-]\d{1,2}|\b(?:19|20)\d\d\b|[০-৯]{2}|[०-९]{2}|[٠-٩]{2}|^(?:On|Am|Le) ")

_ORIGINAL = (
    "original message", "forwarded message", "ursprüngliche nachricht", "originalnachricht",
    "weitergeleitete nachricht",
    "message d'origine", "message original", "message transféré", "mensaje original", "messaggio originale",
    "mensagem original", "oorspronkelijk bericht", "originalmeddelande", "oprindelig meddelelse", "alkuperäinen viesti",
    "wiadomość oryginalna", "původní zpráva", "исходное сообщение", "пересылаемое сообщение", "মূল বার্তা",
    "আসল বার্তা", "原始邮件", "原始郵件", "元のメッセージ",
)  # fmt: skip
_DASHES = re.compile(r"^[>\s]*[-_=]{2,}\s*(?P<said>[^-_=]{4,60}?)\s*[-_=]{2,}\s*:?$")
_RULE = re.compile(r"^[_-]{20,}$")

_HEADER = re.compile(
    r"^\*{0,2}(?P<name>from|sent|to|subject|date|cc|von|gesendet|an|betreff|datum|de|envoyé|à|objet|enviado|para|asunto|"
    r"da|inviato|a|oggetto|assunto|van|verzonden|aan|onderwerp|från|skickat|till|ämne|fra|sendt|til|emne|od|wysłano|do|"
    r"temat|от|отправлено|кому|тема|প্রেরক|থেকে|প্রেরিত|প্রাপক|প্রতি|বিষয়|发件人|发送时间|收件人|主题|差出人|送信日時|宛先|件名)"
    r"\s?\*{0,2}\s?[:：]"
)
_FROM = frozenset(["from", "von", "de", "da", "van", "från", "fra", "od", "от", "প্রেরক", "থেকে", "发件人", "差出人"])

# What a device or a program says of itself needs its name: "Sent via DHL, arrived broken" is a person's.
_DEVICE = re.compile(
    r"^(?:get outlook for |von meinem .{1,40} gesendet|diese nachricht wurde von .{1,60} gesendet|télécharger outlook |"
    r"আমার .{1,40} থেকে পাঠানো|(?:从|從)我的.{1,40}(?:发送|傳送)|.{1,20}から送信|"
    r"(?:sent (?:from|via)|gesendet von|envoyé (?:de|depuis|à partir de)|enviado (?:desde|do)|inviato da|"
    r"verzonden vanaf|skickat från|sendt fra|lähetetty|wysłane z|отправлено (?:с|из)) (?:"
    r"(?:my|meine[mr]|mon|ma|mi|mio|mia|meu|minha|mijn|min|mitt|mojego|mojej|моего|моей) [^,;!?]{1,40}$|"
    r"[^,.!?;:]{0,40}?(?:iphone|ipad|\bios\b|android|samsung|galaxy|huawei|xiaomi|redmi|oneplus|xperia|nokia|motorola|"
    r"blackberry|windows|outlook|yahoo|proton|gmail|gmx|icloud|thunderbird|superhuman|bluemail|tapatalk|smartphone|"
    r"mobiltelefon|mobile device|libero mail|\baol\b|mail\.ru|мобильной почты|яндекс\.?почты)))"
)

_BLOCKQUOTE = re.compile(r"<(/?)blockquote(?![a-z0-9-])[^>]{0,2000}>", re.IGNORECASE)
_BELOW_IS_QUOTED = re.compile(
    r"<[a-z]{1,10}\s[^<>]{0,500}(?:id|class)\s*=\s*[\"']?(?:[^\"'<>]{0,40}[_ ])?"
    r"(?:divRplyFwdMsg|appendonsend|stopSpelling|OLK_SRC_BODY_SECTION|yahoo_quoted|"
    r"protonmail_quote|zmail_extra)",
    re.IGNORECASE,
)


def own_words(text: str) -> str:
    """Gives a mail's text without what it quotes, and without its signature, at "-- " or at "Sent from my ...".

    Text between quoted lines stays. Where nothing would be left (a mail that only forwards, or whose answer stands
    inside a quotation), the whole text is given: better too much than nothing. Linear in time, and never raises.
    """
    return unquoted(text) or text.strip()


def unquoted(text: str) -> str:
    """Gives the same, and "" where nothing is left."""
    lines = text.split("\n")[:MOST_LINES]
    headers = [_header_name(line) for line in lines]
    kept: list[str] = []
    place, something = 0, False
    while place < len(lines):
        line = lines[place].strip()
        if line.startswith((">", "＞")):
            place += 1
            continue
        if _begins_quotation(lines, headers, place) or _begins_signature(lines, place, something):
            break
        attribution = _attribution(lines, place)
        if attribution:
            place += attribution
            if not _goes_on_quoted(lines, place):
                break
            continue
        kept.append(lines[place].rstrip())
        something = something or bool(line)
        place += 1
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def wrote_words(line: str) -> bool:
    """Whether a line says that somebody wrote, in one of the languages known here: "On Monday Ann wrote:"."""
    said = line[:_LONG_LINE].casefold()
    return any(wrote in said for wrote in _WROTE)


def begins_device_signature(line: str) -> bool:
    """Whether a line is what a device or a mail program adds: "Sent from my phone"."""
    return bool(_DEVICE.match(line[:_LONG_LINE].casefold().lstrip("-—*_ ")))


def html_without_quotes(markup: str) -> str:
    """Gives a mail's HTML without its quoted blocks; a mark stays, which `own_words` takes as a quoted line."""
    pieces: list[str] = []
    depth = at = 0
    for tag in _BLOCKQUOTE.finditer(markup):
        if depth == 0:
            pieces.append(markup[at : tag.start()])
        depth = max(depth - 1, 0) if tag[1] else depth + 1
        if depth == 0:
            pieces.append("<br>&gt;<br>")
            at = tag.end()
    if depth == 0:
        pieces.append(markup[at:])
    told = "".join(pieces)
    below = _BELOW_IS_QUOTED.search(told)
    return told if below is None else f"{told[: below.start()]}<br>&gt;<br>" if below.start() > 0 else markup


def _begins_quotation(lines: list[str], headers: list[str], place: int) -> bool:
    """Whether all below is an older mail: a line of dashes that says so, or a block of headers."""
    line = lines[place].strip()
    if not line or len(line) > _LONG_LINE:
        return False
    dashes = _DASHES.match(line)
    if dashes is not None and any(said in dashes["said"].casefold() for said in _ORIGINAL):
        return True
    if line.casefold().rstrip(":") in ("begin forwarded message", "anfang der weitergeleiteten nachricht"):
        return True
    if _RULE.match(line):
        return any(_is_header_block(headers, later) for later in range(place + 1, min(place + 4, len(lines))))
    return _is_header_block(headers, place)


def _is_header_block(headers: list[str], place: int) -> bool:
    """Whether here begins what Outlook puts above a quoted mail: who it is from, and two more headers close by."""
    first = headers[place]
    return first in _FROM and len({*headers[place + 1 : place + 9]} - {first, ""}) >= 2


def _header_name(line: str) -> str:
    found = _HEADER.match(line.strip()[:80].casefold())
    return found["name"] if found else ""


def _attribution(lines: list[str], place: int) -> int:
    """How many lines from here say who wrote what is quoted below ("On ... Ann wrote:"), 0 where none does."""
    together = ""
    for count, written in enumerate(lines[place : place + 3], 1):
        line = written.strip()
        if not line or line.startswith(">") or len(line) > _LONG_LINE:
            return 0
        together = f"{together} {line}".strip()
        if line.endswith((":", "：", ":*")) or (count == 1 and line.startswith("---") and line.endswith("---")):
            said = together.casefold()
            writes = wrote_words(said)
            tells = bool(_ATTRIBUTION_TELLS.search(lines[place]))
            quoted = _goes_on_quoted(lines, place + count)
            # Some say when and who and no more; what is quoted below then tells that this is one.
            found = (writes and tells) or (writes and quoted and count == 1) or (tells and quoted and "@" in said)
            return count if found and len(together) < _LONGEST_ATTRIBUTION else 0
    return 0


def _goes_on_quoted(lines: list[str], place: int) -> bool:
    """Whether the next line that is not empty is a quoted one."""
    for line in lines[place : place + 5]:
        if line.strip():
            return line.lstrip().startswith((">", "＞"))
    return False


def _begins_signature(lines: list[str], place: int, something_above: bool) -> bool:
    """Whether a signature begins here: the mark of RFC 3676 (4.3), or what a device adds."""
    line = lines[place].strip()
    if not something_above or not line or len(line) > 200:
        return False
    if lines[place].rstrip("\r\n") in ("-- ", "--"):
        return True
    return begins_device_signature(line)
