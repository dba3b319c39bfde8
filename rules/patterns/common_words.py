"""English words of patterns that too many posts hold for a pattern to be filed under them.

They only tell where to look first: what is found is the same whichever words stand here.
"""

from __future__ import annotations

EVERYDAY = frozenset(
    word
    for line in """
    the to and of a in i is for you it on with was this be as are have at not by from but my we your an so all his
    they me one if can will just like about up what out when has more no do were their had there which her time get
    would been people new how them now other our its than only good into him after two see know over make any could
    want us these back well go because where very much 2 1 dont im that he day going love or got still really too
    cant who then today last here great thanks off best come right first why should did thank down ill better show
    next am man need didnt being ive take never wait say said thing same big before year world work look bad feel
    made ever morning doesnt most though
    """.splitlines()
    for word in line.split()
)
"""One post in a hundred or more holds one of these."""

COMMON = frozenset(
    word
    for line in """
    years many 3 life through while s use home every three part between around find always since help 5 does another
    game during house give again without found team please might keep money someone free left away play days real
    let company set having different done looking getting week times system start care business nothing case already
    yet full enough change support power took small head call went job came service order line later open country
    using general everyone together working story per five face car within news post information book able ago hand
    court problem pay office hours food coming wrong win taking started room lost history almost else anyone nice
    needs possible idea close class question months happy watch late data wont isnt gonna looks actually something
    guy makes rt old against guys thought long id miss doing place until things birthday d try excited video end
    check stop amazing glad tell saw put theyre hard top ready black 5th both awesome read amazon true dude hate
    cool weekend trying fucking tickets says person run hear talk guess few super w sad making gets such event
    family state kids must tv wanna music own definitely far bring red saying buy bit hit whole heard 0 comes enjoy
    seems dead forward via kind myself white stay wasnt reason seeing star second join everything fan soon wouldnt
    stuff yourself used baby early hot gotta cause wants havent weird finally okay chance thinking agree beautiful
    whats episode round deal o played kid ask final comment leave won called told under date move goes girls worst
    phone break wanted starting fair gone feeling women iphone joke perfect sign 25 absolutely pick m match special
    loved instead arent starts green sleep side woman imagine follow pm poor pass worse fine bed band behind waiting
    whos hour ya minutes single couldnt word terrible la due course dad photo available sound listening drive
    running trip worth uk sucks op shows interested lose proud youve past town death gave release bbc number picture
    seriously catch christmas wife points future turn takes huge dog others strong congrats straight appreciate
    asked totally each eat mad easy plus evening title weeks tried practice bought e safe hoping answer hold fire
    link z learn die giving month anymore stage sick return completely media lead grateful ahead online road visit
    police act stars update entire cut winning walk taken plan report leaving bill interview article group fast
    given child ticket holy hair son works needed info horrible store annual awful children experience loss main
    comments missing internet share short opening issue ends mine near channel extra drop shame finished blue nah
    met account age biggest radio holiday action mon inside calling ha re app spend public sale save original
    youtube pro lovely cover piece sitting price hands drink send usa serious fake third advice everybody died truly
    throw fantastic weve card speak nobody paid mother spent market law version cheers disgusting asking form hello
    sharing spot career double water minute control lucky train facebook de tired performance response sort bar
    forever greatest breaking felt changed hang walking cannot pic source non daily moving complete eating low email
    doubt congratulations page light plans write scared signed posts coffee project four dear add wonderful stream
    showing upset caught trust yours message brilliant sent ridiculous clear respect surprise enjoyed canada trade
    eye happening war million losing blog contact central likes hasnt decision turned fit sky issues shut cost crap
    reply launch twice posting lives loving moved kept em host press decided attention user questions view killing
    fly problems across local decent pull husband quality bunch middle buying angry stopped keeps ride cancelled
    afraid box site gives somebody mobile h annoying shopping offer added expected tech india agreed begin option ad
    winner ten anybody training calls students worked suck download sell bank trash touch ground somewhere driving
    photos daughter longer broken text door excellent dropped currently keeping extremely
    """.splitlines()
    for word in line.split()
)
"""One post in a thousand or more holds one of these."""
