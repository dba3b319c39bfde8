"""Numbers, times and names as people write them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SERVICES = {
    "bluesky": "Bluesky",
    "feed": "Web",
    "file": "File",
    "github": "GitHub",
    "hackernews": "Hacker News",
    "mastodon": "Mastodon",
    "reddit": "Reddit",
    "stackexchange": "Stack Exchange",
    "x": "X",
    "youtube": "YouTube",
}
_LANGUAGES = {
    "af": "Afrikaans", "am": "Amharic", "ar": "Arabic", "ar-latn": "Arabic in Latin letters", "as": "Assamese",
    "az": "Azerbaijani", "be": "Belarusian", "bg": "Bulgarian", "bn": "Bengali",
    "bn-latn": "Bengali in Latin letters", "bs": "Bosnian", "ca": "Catalan", "ckb": "Kurdish (Sorani)", "cs": "Czech",
    "cy": "Welsh", "da": "Danish", "de": "German", "el": "Greek", "en": "English", "eo": "Esperanto", "es": "Spanish",
    "et": "Estonian", "eu": "Basque", "fa": "Persian", "fi": "Finnish", "fr": "French", "ga": "Irish",
    "gl": "Galician", "gu": "Gujarati", "ha": "Hausa", "he": "Hebrew", "hi": "Hindi",
    "hi-latn": "Hindi in Latin letters", "hr": "Croatian", "hu": "Hungarian", "hy": "Armenian", "id": "Indonesian",
    "ig": "Igbo", "is": "Icelandic", "it": "Italian", "ja": "Japanese", "jv": "Javanese", "ka": "Georgian",
    "kk": "Kazakh", "kn": "Kannada", "ko": "Korean", "ku": "Kurdish", "lt": "Lithuanian", "lv": "Latvian",
    "mk": "Macedonian", "ml": "Malayalam", "mn": "Mongolian", "mr": "Marathi", "ms": "Malay", "mt": "Maltese",
    "ne": "Nepali", "nl": "Dutch", "no": "Norwegian", "om": "Oromo", "pa": "Punjabi", "pcm": "Nigerian Pidgin",
    "pl": "Polish", "ps": "Pashto", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "rw": "Kinyarwanda",
    "sd": "Sindhi", "si": "Sinhala", "sk": "Slovak", "sl": "Slovenian", "sn": "Shona", "so": "Somali",
    "sq": "Albanian", "sr": "Serbian", "st": "Sotho", "su": "Sundanese", "sv": "Swedish", "sw": "Swahili",
    "ta": "Tamil", "te": "Telugu", "th": "Thai", "ti": "Tigrinya", "tl": "Tagalog", "tn": "Tswana", "tr": "Turkish",
    "ts": "Tsonga", "tw": "Twi", "ug": "Uyghur", "uk": "Ukrainian", "und": "Unknown language", "ur": "Urdu",
    "uz": "Uzbek", "vi": "Vietnamese", "xh": "Xhosa", "yi": "Yiddish", "yo": "Yoruba", "zh": "Chinese", "zu": "Zulu",
}  # fmt: skip


def counted(number: int, one: str, many: str = "") -> str:
    """Gives "1 mention", "1,204 mentions"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def change(now: int, before: int) -> str:
    """Gives how a count moved against the one before: "+38 %", "same", "new"; "" where both are nothing."""
    if now == before:
        return "same" if now else ""
    if not before:
        return "new"
    percent = (now - before) * 100 / before
    if percent > 999:
        return f"{now / before:.0f} times as many"
    return f"{percent:+.{0 if abs(percent) >= 1 else 1}f} %".replace("-", "\u2212")


def signed(score: float) -> str:
    """Gives a score with its sign: "+0.64", "-0.81"."""
    return f"{score:+.2f}"


def date(at: datetime, timezone: tzinfo) -> str:
    """Gives "Tue 3 Jun 2025" of the moment in `timezone`."""
    local = _local(at, timezone)
    return f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]} {local.year}"


def short_day(local: datetime) -> str:
    """Gives "3 Jun" of a moment already in the reader's timezone."""
    return f"{local.day} {_MONTHS[local.month - 1]}"


def moment(at: datetime, timezone: tzinfo) -> str:
    """Gives "Tue 3 Jun 2025, 14:05 CEST"."""
    local = _local(at, timezone)
    return f"{date(at, timezone)}, {local:%H:%M} {local.tzname() or ''}".rstrip()


def _local(at: datetime, timezone: tzinfo) -> datetime:
    """The moment in `timezone`, or as it is where the calendar ends: some sites date undated posts 1 Jan of year 1."""
    try:
        return at.astimezone(timezone)
    except OverflowError:
        return at


def period(since: datetime, until: datetime, timezone: tzinfo) -> str:
    """Gives "Mon 2 Jun 2025" for a whole day, else both ends."""
    start, end = since.astimezone(timezone), until.astimezone(timezone)
    whole_days = not (start.hour or start.minute or end.hour or end.minute)
    if whole_days:
        last = end - timedelta(days=1)
        if last.date() <= start.date():
            return date(since, timezone)
        return f"{date(since, timezone)} to {date(last, timezone)}"
    return f"{moment(since, timezone)} to {moment(until, timezone)}"


def length(duration: timedelta) -> str:
    """Gives a length of time as the configuration writes it: "24h", "90m", "7d"."""
    seconds = int(duration.total_seconds())
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= size and seconds % size == 0 and not (unit == "d" and seconds == size):
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def ago(duration: timedelta) -> str:
    """Gives "3 days ago", "26 hours ago", "5 minutes ago"."""
    seconds = int(duration.total_seconds())
    if seconds >= 2 * 86_400:
        return f"{seconds // 86_400} days ago"
    if seconds >= 2 * 3_600:
        return f"{seconds // 3_600} hours ago"
    return f"{counted(max(seconds // 60, 0), 'minute')} ago"


def service(kind: str) -> str:
    """Gives the name of a service as its users write it."""
    return _SERVICES.get(kind, kind[:1].upper() + kind[1:])


def language(code: str) -> str:
    """Gives the English name of a language by its BCP 47 tag, the tag itself where we have no name for it."""
    whole = code.lower()
    return _LANGUAGES.get(whole) or _LANGUAGES.get(whole.partition("-")[0] or "und", code)


def share(part: int, whole: int) -> str:
    """Gives "31 %"; a share that rounds to nothing is "under 1 %"."""
    percent = part * 100 / whole if whole else 0.0
    return "under 1 %" if 0 < percent < 0.5 else f"{percent:.0f} %"


def listed(words: Sequence[str]) -> str:
    """Gives "a", "a and b", "a, b and c"."""
    if len(words) <= 1:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
