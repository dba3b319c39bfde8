"""English words of patterns that too many posts hold for a pattern to be filed under them.

They only tell where to look first: what is found is the same whichever words stand here.
"""

from __future__ import annotations

EVERYDAY = frozenset(
    word
    for line in """
    the to and of a in i is for you it on with was this be as are have at not by from but my we your an so all his they
    me one if can will just like about up what out when has more no do were their had there which her time get would
    been people new how them now other our its than only good into him after two see know over make any could want us
    these back well go because where very much 2 1 dont im
    """.splitlines()
    for word in line.split()
)
"""One post in a hundred or more holds one of these."""

COMMON = frozenset(
    word
    for line in """
    should really need here years work right did too day going why off before take still made never many got 3 life
    great down through while s last best love use look home every three part come am between around find better always
    since help 5 does another game during house give again without found team big please might keep ever money someone
    free left away play days real let company set having different done looking getting week times system start care
    business today nothing case already yet full enough change support bad power took small head call went job came
    service order line later thank open country using general everyone together working story per five face car within
    news thanks post information book able ago hand court problem pay office hours food coming wrong win taking started
    room lost history almost else anyone nice needs possible idea close class wait question months happy watch late data
    cant wont didnt doesnt isnt gonna
    """.splitlines()
    for word in line.split()
)
"""One post in a thousand or more holds one of these."""
