"""Words that sentiment looks for by name, in the languages that it reads."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NEGATIONS = _words(
    """
    not no never none cannot nobody nothing neither nor without hardly barely cant wont dont didnt doesnt isnt wasnt
    arent werent couldnt wouldnt shouldnt havent hasnt aint non ne pas jamais rien sans plus nicht kein keine keinen
    keiner nie ohne nunca nem nao sem ni sin jamas tampoco mai niente senza niet geen ikke inte لا ليس لم لن ما مش غير
    بدون ولا bukan tidak tak nggak gak ga tanpa belum jangan nahi nahin nhi na mat না নি নাই নেই নয় не нет nie
    """
)
"""Words that turn what follows them, in the one spelling of `one_spelling`: no accents, no capitals."""

CONTRASTS = _words(
    """
    but however although though while whereas yet except despite mais cependant aber sondern obwohl pero sino aunque mas
    porem embora ma però tapi namun কিন্তু তবে অথচ kintu lekin magar लेकिन मगर पण
    """
)
"""Words that set a clause against the one before it."""

LINKS = _words("i we it its it's they their them he she this that these those which who and so because since then")
"""A clause that begins with one goes on about what the clause before it was about."""

GRADED = _words("en bn ar de es fr it pt ha ig yo pcm am sw rw tw ts th id jv su")
"""Languages with labelled posts of three classes to learn from, and others to be graded by."""

HALF_KNOWN = _words("bg bs cs da el et fi he hi hr hu is mr nl no pl ro ru sk sl sr sv tr vi zh")
"""Languages known from lines of film subtitles alone, which say what is good or bad and never what is neither, or from
a hundred words of our own."""
