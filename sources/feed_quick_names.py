"""What the quick reader of feeds does with each element, under the names that feedparser has for them.

feedparser calls an element by the usual prefix of its namespace and its name, in small letters: `dc_creator`,
`pubdate`. A name that stands nowhere here is an element of which feedparser knows nothing either.
"""

from __future__ import annotations


def _words(names: str) -> frozenset[str]:
    return frozenset(names.split())


NAMESPACES = {
    **dict.fromkeys(
        (
            "",
            "http://backend.userland.com/rss",
            "http://blogs.law.harvard.edu/tech/rss",
            "http://purl.org/rss/1.0/",
            "http://my.netscape.com/rdf/simple/0.9/",
            "http://example.com/newformat#",
            "http://example.com/necho",
            "http://purl.org/echo/",
            "uri/of/echo/namespace#",
            "http://purl.org/pie/",
            "http://purl.org/atom/ns#",
            "http://www.w3.org/2005/atom",
            "http://purl.org/rss/1.0/modules/rss091#",
        ),
        "",
    ),
    "http://webns.net/mvcb/": "admin",
    "http://purl.org/rss/1.0/modules/aggregation/": "ag",
    "http://purl.org/rss/1.0/modules/annotate/": "annotate",
    "http://media.tangent.org/rss/1.0/": "audio",
    "http://backend.userland.com/blogchannelmodule": "blogchannel",
    "http://creativecommons.org/ns#license": "cc",
    "http://web.resource.org/cc/": "cc",
    "http://cyber.law.harvard.edu/rss/creativecommonsrssmodule.html": "creativecommons",
    "http://backend.userland.com/creativecommonsrssmodule": "creativecommons",
    "http://purl.org/rss/1.0/modules/company": "co",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://my.theinfo.org/changed/1.0/rss/": "cp",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://purl.org/rss/1.0/modules/email/": "email",
    "http://purl.org/rss/1.0/modules/event/": "ev",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "http://freshmeat.net/rss/fm/": "fm",
    "http://xmlns.com/foaf/0.1/": "foaf",
    "http://www.w3.org/2003/01/geo/wgs84_pos#": "geo",
    "http://www.georss.org/georss": "georss",
    "http://www.opengis.net/gml": "gml",
    "http://postneo.com/icbm/": "icbm",
    "http://purl.org/rss/1.0/modules/image/": "image",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://example.com/dtds/podcast-1.0.dtd": "itunes",
    "http://purl.org/rss/1.0/modules/link/": "l",
    "http://search.yahoo.com/mrss": "media",
    "http://search.yahoo.com/mrss/": "media",
    "http://madskills.com/public/xml/rss/module/pingback/": "pingback",
    "http://prismstandard.org/namespaces/1.2/basic/": "prism",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
    "http://www.w3.org/2000/01/rdf-schema#": "rdfs",
    "http://purl.org/rss/1.0/modules/reference/": "ref",
    "http://purl.org/rss/1.0/modules/richequiv/": "reqv",
    "http://purl.org/rss/1.0/modules/search/": "search",
    "http://purl.org/rss/1.0/modules/slash/": "slash",
    "http://schemas.xmlsoap.org/soap/envelope/": "soap",
    "http://purl.org/rss/1.0/modules/servicestatus/": "ss",
    "http://hacks.benhammersley.com/rss/streaming/": "str",
    "http://purl.org/rss/1.0/modules/subscription/": "sub",
    "http://purl.org/rss/1.0/modules/syndication/": "sy",
    "http://schemas.pocketsoap.com/rss/mydescmodule/": "szf",
    "http://purl.org/rss/1.0/modules/taxonomy/": "taxo",
    "http://purl.org/rss/1.0/modules/threading/": "thr",
    "http://purl.org/rss/1.0/modules/textinput/": "ti",
    "http://madskills.com/public/xml/rss/module/trackback/": "trackback",
    "http://wellformedweb.org/commentapi/": "wfw",
    "http://purl.org/rss/1.0/modules/wiki/": "wiki",
    "http://www.w3.org/1999/xhtml": "xhtml",
    "http://www.w3.org/1999/xlink": "xlink",
    "http://www.w3.org/xml/1998/namespace": "xml",
    "http://podlove.org/simple-chapters": "psc",
}
"""The usual prefix of each namespace that feedparser knows, by its address in small letters."""

KINDS: dict[str, str] = {
    **dict.fromkeys(_words("item entry"), "item"),
    **dict.fromkeys(_words("title dc_title media_title"), "title"),
    **dict.fromkeys(_words("description dc_description media_description"), "description"),
    **dict.fromkeys(_words("summary itunes_summary"), "summary"),
    **dict.fromkeys(_words("guid id"), "id"),
    **dict.fromkeys(_words("author managingeditor dc_author dc_creator itunes_author"), "author"),
    **dict.fromkeys(_words("name itunes_name"), "name"),
    **dict.fromkeys(_words("email itunes_email"), "email"),
    **dict.fromkeys(_words("url uri homepage"), "href"),
    **dict.fromkeys(_words("published issued pubdate dcterms_issued"), "published_parsed"),
    **dict.fromkeys(_words("updated modified lastbuilddate dc_date dcterms_modified"), "updated_parsed"),
    **dict.fromkeys(_words("created dcterms_created"), "created_parsed"),
    **dict.fromkeys(_words("language dc_language"), "language"),
    **dict.fromkeys(_words("ttl sy_updateperiod sy_updatefrequency"), "value"),
    **dict.fromkeys(_words("slash_comments thr_total feedburner_origlink thr_in-reply-to"), "value"),
    **dict.fromkeys(_words("contributor itunes_owner"), "person"),
    **dict.fromkeys(_words("media_group media_content enclosure cloud cc_license"), "open"),
    **dict.fromkeys(
        _words("rights copyright dc_rights info subtitle tagline itunes_subtitle feedburner_browserfriendly"), "unread"
    ),
    **dict.fromkeys(_words("category dc_subject keywords media_category itunes_category tags generator"), "skip"),
    **dict.fromkeys(_words("media_keywords media_rating media_credit media_restriction media_license"), "skip"),
    **dict.fromkeys(_words("media_thumbnail media_player itunes_image itunes_link itunes_keywords"), "skip"),
    **dict.fromkeys(_words("itunes_block itunes_explicit webmaster dc_publisher dc_contributor width height"), "skip"),
    **dict.fromkeys(_words("expirationdate dcterms_valid creativecommons_license"), "skip"),
    **dict.fromkeys(_words("georss_point georss_line georss_polygon georss_box"), "skip"),
    **{name: name for name in _words("rss feed channel content content_encoded link source image textinput")},
}
"""What to do with an element; see `feed_quick_elements`."""

LEFT_TO_FEEDPARSER = _words(
    "abstract body fullitem newlocation where xhtml_body geom georssgeom georss_where gml_exterior gml_linearring "
    "gml_linestring gml_point gml_polygon gml_pos gml_poslist psc_chapter psc_chapters "
    "authors contributors href links"
)
"""Rare elements that feedparser does something about, and names under which it keeps findings of its own."""

IN_PICTURES = {
    "image": _words("title link description url href width height"),
    "textinput": _words("title link description name"),
}
"""The only elements without a prefix that feedparser takes for a part of such an element."""
