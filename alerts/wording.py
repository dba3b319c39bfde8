"""Numbers, times and names as people write them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo

from alerts.language import ENGLISH, Language, msgid

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SERVICES = {
    "bluesky": "Bluesky",
    "feed": msgid("Web"),
    "file": msgid("File"),
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
    """Gives "1 mention", "1,204 mentions": for commands, which speak English; others say it by `Language.count`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def change(now: int, before: int, words: Language = ENGLISH) -> str:
    """Gives how a count moved against the one before: "+38 %", "same", "new"; "" where both are nothing."""
    if now == before:
        return words.say("same") if now else ""
    if not before:
        return words.say("new")
    percent = (now - before) * 100 / before
    if percent > 999:
        return words.say("{number} times as many", number=words.number(now / before))
    moved = words.number(percent, 0 if abs(percent) >= 1 else 1, signed=True).replace("-", "\u2212")
    return words.say("{percent} %", percent=moved)


def short(number: int, words: Language = ENGLISH) -> str:
    """Gives a large number as people say it: "950", "12,300", "1.2 M"."""
    if number >= 1_000_000_000:
        return words.say("{number} B", number=words.number(number / 1_000_000_000, 1))
    if number >= 1_000_000:
        return words.say("{number} M", number=words.number(number / 1_000_000, 1))
    return words.number(number)


def signed(score: float, words: Language = ENGLISH) -> str:
    """Gives a score with its sign: "+0.64", "-0.81"."""
    return words.number(score, 2, signed=True)


def date(at: datetime, timezone: tzinfo, words: Language = ENGLISH) -> str:
    """Gives "Tue 3 Jun 2025" of the moment in `timezone`."""
    local = _local(at, timezone)
    return words.say(
        "{weekday} {day} {month} {year}",
        weekday=_weekday(local, words),
        day=words.digits(str(local.day)),
        month=_month(local, words),
        year=words.digits(str(local.year)),
    )


def short_day(local: datetime, words: Language = ENGLISH) -> str:
    """Gives "3 Jun" of a moment already in the reader's timezone."""
    return words.say("{day} {month}", day=words.digits(str(local.day)), month=_month(local, words))


def day_in_digits(local: datetime) -> str:
    """Gives "3/6" for the third of June: for pictures, whose fonts cannot draw every script."""
    return f"{local.day}/{local.month}"


def moment(at: datetime, timezone: tzinfo, words: Language = ENGLISH) -> str:
    """Gives "Tue 3 Jun 2025, 14:05 CEST"."""
    local = _local(at, timezone)
    day, clock = date(at, timezone, words), words.digits(f"{local:%H:%M} {local.tzname() or ''}".rstrip())
    return words.say("{date}, {time}", date=day, time=clock)


def _weekday(local: datetime, words: Language) -> str:
    if words.is_english:
        return _DAYS[local.weekday()]
    from alerts import customs

    return customs.weekday(words.code, local.weekday())


def _month(local: datetime, words: Language) -> str:
    if words.is_english:
        return _MONTHS[local.month - 1]
    from alerts import customs

    return customs.month(words.code, local.month)


def _local(at: datetime, timezone: tzinfo) -> datetime:
    """The moment in `timezone`, or as it is where the calendar ends: some sites date undated posts 1 Jan of year 1."""
    try:
        return at.astimezone(timezone)
    except OverflowError:
        return at


def period(since: datetime, until: datetime, timezone: tzinfo, words: Language = ENGLISH) -> str:
    """Gives "Mon 2 Jun 2025" for a whole day, else both ends."""
    start, end = since.astimezone(timezone), until.astimezone(timezone)
    whole_days = not (start.hour or start.minute or end.hour or end.minute)
    if not whole_days:
        first, last = moment(since, timezone, words), moment(until, timezone, words)
        return words.say("{first} to {last}", first=first, last=last)
    last_day = end - timedelta(days=1)
    if last_day.date() <= start.date():
        return date(since, timezone, words)
    first, last = date(since, timezone, words), date(last_day, timezone, words)
    return words.say("{first} to {last}", first=first, last=last)


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


def lasting(duration: timedelta, words: Language = ENGLISH) -> str:
    """Gives a length of time in the unit that fits: "3 days", "26 hours", "5 minutes"."""
    seconds = max(int(duration.total_seconds()), 0)
    if seconds >= 2 * 86_400:
        return words.count("{number} day", "{number} days", seconds // 86_400)
    if seconds >= 2 * 3_600:
        return words.count("{number} hour", "{number} hours", seconds // 3_600)
    return words.count("{number} minute", "{number} minutes", seconds // 60)


def service(kind: str, words: Language = ENGLISH) -> str:
    """Gives the name of a service as its users write it."""
    name = _SERVICES.get(kind)
    return words.say(name) if name else kind[:1].upper() + kind[1:]


def language(code: str, words: Language = ENGLISH) -> str:
    """Gives the name of a language by its BCP 47 tag, the tag itself where we have no name for it."""
    whole = code.lower()
    main = whole.partition("-")[0] or "und"
    if not words.is_english:
        from alerts import customs

        if whole in _LANGUAGES and whole.endswith("-latn"):
            return words.say("{language} in Latin letters", language=language(main, words))
        named = customs.language_name(words.code, main) if main != "und" else words.say("Unknown language")
        return named or _LANGUAGES.get(main, code)
    return _LANGUAGES.get(whole) or _LANGUAGES.get(main, code)


def share(part: int, whole: int, words: Language = ENGLISH) -> str:
    """Gives "31 %"; a share that rounds to nothing is "under 1 %"."""
    percent = part * 100 / whole if whole else 0.0
    if 0 < percent < 0.5:
        return words.say("under {percent} %", percent=words.number(1))
    return words.say("{percent} %", percent=words.number(percent))


def listed(names: Sequence[str], words: Language = ENGLISH) -> str:
    """Gives "a", "a and b", "a, b and c"."""
    if len(names) <= 1:
        return "".join(names)
    return words.say("{first} and {last}", first=", ".join(names[:-1]), last=names[-1])
