"""Words that pages, printers and hosts put around and into letters: what the damages insert.

Data by language or era, from the forms met on sharing sites and in ITU's own templates; no letter's own words.
"""

from __future__ import annotations

OLD_FOOTER_ROWS = (
    "Place des Nations Telephone +41 22 730 51 11 Telex 421 000 uit ch E-mail: itumail@itu.int",
    "CH-1211 Geneva 20 Telefax Gr3: +41 22 733 72 56 Telegram ITU GENEVE{x400}",
    "Switzerland Gr4: +41 22 730 65 00{web}",
)
"""The footer of about 1996 to 2010, its columns read line by line."""

OLD_FOOTER_COLUMNS = (
    "Place des Nations", "CH-1211 Geneva 20", "Switzerland", "Telephone", "Telefax Gr3:", "Gr4:", "+41 22 730 51 11",
    "+41 22 733 72 56", "+41 22 730 65 00", "Telex 421 000 uit ch", "Telegram ITU GENEVE", "E-mail: itumail@itu.int{x400}{web}",
)  # fmt: skip
"""The same, read column by column."""

X400 = " X.400 S=itumail; P=itu A=400net; C=ch"
WEB = " www.itu.int"

NEW_FOOTER = {
    "en": "International Telecommunication Union • Place des Nations • CH-1211 Geneva 20 • Switzerland • "
    "Tel: +41 22 730 5111 • Fax: +41 22 733 7256 • E-mail: itumail@itu.int • www.itu.int",
    "fr": "Union internationale des télécommunications • Place des Nations • CH-1211 Genève 20 • Suisse • "
    "Tél: +41 22 730 5111 • Fax: +41 22 733 7256 • Courriel: itumail@itu.int • www.itu.int",
    "es": "Unión Internacional de Telecomunicaciones • Place des Nations • CH-1211 Ginebra 20 • Suiza • "
    "Tel: +41 22 730 5111 • Fax: +41 22 733 7256 • Correo-e: itumail@itu.int • www.itu.int",
    "ru": "International Telecommunication Union • Place des Nations • CH-1211 Geneva 20 • Switzerland • "
    "Тел.: +41 22 730 5111 • Факс: +41 22 733 7256 • Эл. почта: itumail@itu.int • www.itu.int",
    "zh": "International Telecommunication Union • Place des Nations • CH-1211 Geneva 20 • Switzerland • "
    "电话:+41 22 730 5111 • 传真:+41 22 733 7256 • 电子邮件:itumail@itu.int • www.itu.int",
    "ar": "International Telecommunication Union • Place des Nations • CH-1211 Geneva 20 • Switzerland • "
    "Tel: +41 22 730 5111 • Fax: +41 22 733 7256 • E-mail: itumail@itu.int • www.itu.int",
}
"""The one-line footer from about 2011."""

FOOTER_EMAIL = "itumail@itu.int"
FOOTER_URL = "www.itu.int"

PATHS = (
    "ITU-T\\BUREAU\\CIRC\\{n:03}E.DOC",
    "D:\\6260{n:05}.DOC",
    "P:\\CHI\\ITU-R\\BR\\SGD\\{n:06}C.docx ({n:06})",
    "\\\\BLUE\\DFS\\REFTXT\\REFTXT{y}\\ITU-R\\{n:03}E_PL7.DOCX",
    "/HOME/WEBSITE/CONVERT/TEMP/{n}/DOCUMENT.DOCX ({n:06})",
)
"""File paths that print with a page; `n` is a number, `y` a year."""

SITE_HEADS = (
    ("{title}", "Home", "Upload", "Login / Signup", "Documents", "{title}", "{pages}", "Post on {day}", "{views} views",
     "Category:", "Documents", "Download", "Embed Size (px)"),
    ("Upload", "View", "{views}", "Download", "0", "Embed Size (px)", "Citation preview"),
    ("{pages}", "Share", "Report", "{title}", "Date post: {day}", "Category: Documents", "Upload: anonymous",
     "View: {views} times", "Total Page:{pages}", "File Type:pdf", "TRANSCRIPT"),
    ("[ITU Home Page] [Newsroom] [Publications]", "Home : Publications : Circulars", "Printable version", "Search:"),
)  # fmt: skip
"""Lines that sharing sites and web pages print above a letter."""

SITE_TAILS = (
    ("Related documents", "{title}", "Report this document", "Your name", "Email", "Reason", "Description", "Close",
     "Submit", "Copyright © {year} DOKUMEN Inc."),
    ("RECOMMENDED", "View more", "© {year} All rights reserved.", "About us", "Privacy policy", "Terms of service"),
    ("Top - Feedback - Contact Us - Copyright © ITU {year} All Rights Reserved", "Updated : {iso}"),
)  # fmt: skip

BETWEEN_COPIES = ("Welcome message from author", "Download PDF Report", "TRANSCRIPT", "Documents")
"""Site words that may stand between the digest and the page."""

MOJIBAKE_HEADS = (
    "[Franšais] [Espa˝ol] Home : Ministers : Press : Calendar",
    "Franηais | Espaρol | English",
    "FranÃ§ais EspaÃ±ol Ð ÑƒÑ\x81Ñ\x81ÐºÐ¸Ð¹ ä¸\xadæ–‡ Ø§Ù„Ø¹Ø±Ø¨ÙŠØ©",
    "Fran�ais  Espa�ol  Print Version",
)
MOJIBAKE_TAILS = (
    "Home â€¢ Contact us â€¢ Feedback â€¢ Â© ITU {year} All Rights Reserved",
    "€¦ Previous | Next €¦  Espa˝ol  Franšais",
    "TÃ©lÃ©charger Â» Descargar Â» Ð¡ÐºÐ°Ñ‡Ð°Ñ‚ÑŒ",
)
"""A page's language links and rules, decoded wrongly."""
