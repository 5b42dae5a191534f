"""How numbers and days are written where: separators, order of the date, currency."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Locale:
    """What parsing and showing need to know of a place."""

    decimal: str = "."
    group: str = ","
    order: str = "mdy"
    date: str = "M/d/yyyy"
    time: str = "h:mm:ss am/pm"
    currency: str = "$"
    currency_last: bool = False

    @property
    def separator(self) -> str:
        """What stands between the arguments of a function."""
        return ";" if self.decimal == "," else ","


_GERMAN = Locale(",", ".", "dmy", "dd.MM.yyyy", "HH:mm:ss", "€", True)
_FRENCH = Locale(",", "\u202f", "dmy", "dd/MM/yyyy", "HH:mm:ss", "€", True)
_SOUTHERN = Locale(",", ".", "dmy", "dd/MM/yyyy", "H:mm:ss", "€", True)
_BRITISH = Locale(".", ",", "dmy", "dd/MM/yyyy", "HH:mm:ss", "£", False)
_NORDIC = Locale(",", "\u00a0", "ymd", "yyyy-MM-dd", "HH:mm:ss", "kr", True)
_SLAVIC = Locale(",", "\u00a0", "dmy", "dd.MM.yyyy", "H:mm:ss", "€", True)

_KNOWN = {
    "en_US": Locale(),
    "en": Locale(),
    "en_GB": _BRITISH,
    "en_IE": Locale(".", ",", "dmy", "dd/MM/yyyy", "HH:mm:ss", "€"),
    "en_AU": Locale(".", ",", "dmy", "dd/MM/yyyy", "h:mm:ss am/pm", "$"),
    "en_NZ": Locale(".", ",", "dmy", "d/MM/yyyy", "h:mm:ss am/pm", "$"),
    "en_CA": Locale(".", ",", "ymd", "yyyy-MM-dd", "h:mm:ss am/pm", "$"),
    "en_IN": Locale(".", ",", "dmy", "dd/MM/yyyy", "h:mm:ss am/pm", "₹"),
    "de_DE": _GERMAN,
    "de_AT": _GERMAN,
    "de_CH": Locale(".", "\u2019", "dmy", "dd.MM.yyyy", "HH:mm:ss", "CHF"),
    "nl_NL": Locale(",", ".", "dmy", "d-M-yyyy", "H:mm:ss", "€"),
    "fr_FR": _FRENCH,
    "fr_CA": Locale(",", "\u00a0", "ymd", "yyyy-MM-dd", "HH:mm:ss", "$", True),
    "es_ES": _SOUTHERN,
    "it_IT": _SOUTHERN,
    "pt_PT": _SOUTHERN,
    "pt_BR": Locale(",", ".", "dmy", "dd/MM/yyyy", "HH:mm:ss", "R$"),
    "da_DK": Locale(",", ".", "dmy", "dd/MM/yyyy", "HH.mm.ss", "kr", True),
    "sv_SE": _NORDIC,
    "nb_NO": Locale(",", "\u00a0", "dmy", "dd.MM.yyyy", "HH:mm:ss", "kr", True),
    "fi_FI": Locale(",", "\u00a0", "dmy", "d.M.yyyy", "H.mm.ss", "€", True),
    "pl_PL": Locale(",", "\u00a0", "dmy", "d.MM.yyyy", "HH:mm:ss", "zł", True),
    "cs_CZ": _SLAVIC,
    "ru_RU": Locale(",", "\u00a0", "dmy", "dd.MM.yyyy", "H:mm:ss", "₽", True),
    "tr_TR": Locale(",", ".", "dmy", "dd.MM.yyyy", "HH:mm:ss", "₺", True),
    "ja_JP": Locale(".", ",", "ymd", "yyyy/MM/dd", "H:mm:ss", "¥"),
    "zh_CN": Locale(".", ",", "ymd", "yyyy/M/d", "H:mm:ss", "¥"),
    "ko_KR": Locale(".", ",", "ymd", "yyyy. M. d", "am/pm h:mm:ss", "₩"),
}


def known(name: str) -> bool:
    """Whether Google takes this name for a workbook's locale."""
    return name in _KNOWN


def locale_of(name: str) -> Locale:
    """The facts of a locale; American where none are known."""
    return _KNOWN.get(name, _KNOWN["en_US"])
