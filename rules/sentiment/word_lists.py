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

OPENERS = _words(
    """
    a about actually after again ages all almost already also although always am an and another any anybody anyone
    anything anyway apparently are as at back because been before being best better between big both box boxes btw
    but buy by call can check could couldn't customer customers day days did didn't do does doesn't don't dear
    delivery down each email even ever every everybody everyone everything fact few finally first five food for four
    from full get give go got guess guys had half has have haven't having he hello her here hey hi his honestly how
    however i i'd i'll i'm i've idk if imagine imo in instead is isn't it it's its just last late lately later let
    let's like literally little long look lots made make many may maybe me meanwhile might mine monday more most my
    myself name need never new news next night no nobody none nope not nothing now of off ok okay old on once one
    only or order orders other others our out over own package parcel people person phone please price prices
    product products put quality quick quite rather read really right said same saturday say see seems service
    several shame she shipping should since so some somebody someone something sometimes soon staff still stop such
    sunday support sure take team tell than that that's the their them then there there's these they they're thing
    things think this those though three through thursday time times to today together told tomorrow tonight too
    took totally tried try tuesday turns two under unless until up update us use used usually version very via wait
    was wasn't we we're we've website wednesday week weeks well went were what what's whatever when where which
    while who whole why will wish with without word work works would wouldn't wow yeah year years yep yes yesterday
    yet you you're you've your
    """
)
"""Common English words that open a sentence with a capital and are no names."""

GERMAN = _words("und ich nicht ist der die das mit für ein eine auf hat bin sich wir aber zu im war")
"""Small words of German, which writes every noun with a capital."""

GOOD_DEEDS = _words(
    """
    refunded rebooked replaced reimbursed upgraded waived compensated credited sorted solved resolved rescued saved
    helped repaired fixed donated reassured apologised apologized remembered spotted
    """
)
"""What a company that did it is praised for mostly."""

BAD_DEEDS = _words(
    """
    lost lose loses losing broke breaks crashed crashes froze freezes forgot forgets ignored ignores ignoring ruined
    ruins cancelled canceled refused refuses failed fails overcharged leaked leaks stranded damaged smashed cheated
    scammed lied lies misled deleted wiped wrecked stole steals messed screwed delayed dumped threw
    """
)
"""What a company that did it is blamed for mostly."""

NO_DEED = _words(
    """
    not never didn't didn’t didnt don't don’t dont doesn't doesn’t doesnt hasn't hasn’t hasnt haven't haven’t havent
    won't won’t wont can't can’t cant cannot couldn't couldn’t couldnt hardly barely nearly almost
    i we you they he she it my our your who am is are was were be been get got if will would no
    """
)
"""Words between a name and a deed after which it was not done, or by somebody else."""

BEFORE_SUBJECT = _words("but and so then because all while however the a an our my these this at least")
"""Small words that may stand before the name that a clause is about."""

GRIEF = _words(
    """
    cry crying cried bawling bawled sobbing sobbed sob tears weeping wept grief grieving mourning funeral heartbroken
    heartbreak homesick lonely dumped died dying devastated heul heule weine geweint llorando lloré pleure কাঁদছি কান্না
    😭 💔 😢
    """
)
"""Words of those who weep, which is mostly about their life and not about what they bought."""

PLACING = _words("in on at onto into outside inside near from over aboard by with")
"""Words after which a name is a place or a thing."""

SMALL = _words("the a an my our this that his her their back of")
"""Words that may stand between one of PLACING and the name."""

GRADED = _words("en bn ar de es fr it pt ha ig yo pcm am sw rw tw ts th id jv su")
"""Languages with labelled posts of three classes to learn from, and others to be graded by."""

HALF_KNOWN = _words("bg bs cs da el et fi he hi hr hu is mr nl no pl ro ru sk sl sr sv tr vi zh")
"""Languages known from lines of film subtitles alone, which say what is good or bad and never what is neither, or from
a hundred words of our own."""
