"""Words that give a language away in a text too short for statistics."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_FREQUENT = _words(
    """
    the and of to that it's its is are was were be been being have has had having do does did doing don't doesn't
    didn't can't won't isn't aren't wasn't weren't wouldn't couldn't shouldn't i'm i've i'll i'd you're you've
    you'll we're we've they're they've that's there's here's what's who's let's dont cant wont isnt doesnt didnt
    wasnt ive youre thats you your yours my mine our ours their theirs his her hers she he they them this these
    those there here what which who whom whose when where why how with without from into onto about after before
    again against because between during until while through over under above below off out just only very really
    too also than then not never always sometimes often still already ever yet now today tomorrow yesterday
    tonight week month year years would could should might must shall will can may get gets got getting gotten go
    goes going gone went come comes coming came make makes made making take takes took taken taking give gives
    gave given see saw seen say says said know knows knew known think thinks thought want wants wanted need needs
    needed use uses used using try tries tried trying buy buys bought buying pay pays paid paying work works
    worked working stop stopped stops keep keeps kept love loves loved loving like likes liked hate hates hated
    feel feels felt look looks looked looking help helps helped please thanks thank thankyou thx sorry hello hey
    okay yes yeah yep nope bye good great awesome amazing nice cool bad worst worse best better terrible horrible
    awful sucks suck crap shit damn fuck fucking wtf omg lol lmao happy sad angry mad disappointed annoying
    annoyed useless broken slow fast cheap expensive free new old big small long short high low right wrong same
    other another every each all any some many much more most few less least people someone anyone everyone nobody
    something anything everything nothing thing things way time day days night customer service support order
    ordered delivery shipping refund money price product products quality phone website account company store shop
    team game update issue issues problem problems down crash crashes crashed crashing recommend recommended
    waiting wait waited received receive arrived ship shipped sent send call called email back one two three first
    second last next even though although if so but or as at by for an a we us me it i am u ur r gonna wanna gotta
    kinda idk tbh imo btw fantastic delicious excellent perfect fail fails failed total totally classic beautiful
    miss missed honestly literally finally actually seriously absolutely definitely maybe probably guys dude bro
    welcome congrats agree agreed rocket fire caught exploded scam fraud hacked lawsuit outage else
    """
)

ENGLISH_SHARED = _words(
    """
    a i me so as at am is an or no do to be he we us in on for was were if but by man hat war also die has had her
    his all time app super ok okay lol wow email shop team game sad mad top hey hello cool online service support
    new original best update bad are one can come some made see it of not fast here more art long most mine rest
    """
)
"""English words that other languages spell the same; they count for a third."""

ENGLISH = _FREQUENT - ENGLISH_SHARED
"""Frequent words of English posts that few other languages have."""

ROMANISED_BENGALI = _words(
    """
    ami amar amake amader amra apni apnar apnader apnara apnake tumi tomar tomra tara tader unara ora eta eita ota
    oita eti egula egulo ogula shob sob sobai shobai kichu kisu onek khub ekta akta ektu aktu ekdom akdom ache ase
    achhe asche ashche nai nei nay noy hoy hoi hoye hoyeche hoise hoiche hocche hochche hosse hobe hoilo chilo
    silo kori kore korse korche korchi korlam korsi korte korbo korben korun koren korechi korechen korlo koreche
    koira dey den diben dibo dite diye diyeche diche dise disen dilam dilo dicche nile nilam nibo niye niyechi pai
    pailam paini pelam peyechi pacchi pachchi parina pari pare parchi parchina partesi jonno theke thake kintu
    jodi tahole karon keno kano kivabe kibhabe kothay kobe kokhon akhon ekhon ekhono akhono bhalo valo kharap
    khrap baje bhai vai bhaiya vaiya apu taka tk ferot protarona din mash shomoy somoy moto mone bolen bole bollo
    bolse bolche bolchi boleche bolechi shudhu sudhu jinish jinis dam koto lagbe lage laglo lagse lagche chai
    chaile dekhi dekhe dekhlam kinte kinben kinchi kinlam kinsi kinechi kono korle korar parlam parben deya dewa
    nokol naki pore jabe jay jacche pawa pabo paben tobe gulo sobkichu sobkicu sundor shundor oshadharon osadharon
    dhoka batpar thokano thokaise erokom ekhane sekhane valoo vlo balo khuv jemon temon emon amon manush keu kew
    keo shuru shesh sesh ager age bolbo dekhen kaj korena kaje matha tei ghonta prothom abar aber bar ajke aj kal
    gotokal onekdin
    """
)
"""Frequent Bengali words as people type them in Latin letters. No detector knows these texts."""
