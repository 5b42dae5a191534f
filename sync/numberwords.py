"""Numbers written in words, as people write them into order forms: "two dozen", "fünfzig". Pure."""

import re
import unicodedata

_NUMBERS = """
1 one a an ein eine einen un une uno una een jeden jedna um uma en ett egy mot
2 two zwei deux dos due twee dwa dwie dois duas tva ket ketto hai
3 three drei trois tres tre drie trzy harom ba
4 four vier quatre cuatro quattro cztery quatro fyra negy bon
5 five funf fuenf cinq cinco cinque vijf piec fem ot nam
6 six sechs seis sei zes szesc sex hat sau
7 seven sieben sept siete sette zeven siedem sete sju het bay
8 eight acht huit ocho otto osiem oito atta nyolc tam
9 nine neun neuf nueve nove negen dziewiec nio kilenc chin
10 ten zehn dix diez dieci tien dziesiec dez tio tiz muoi
11 eleven elf onze once undici jedenascie
12 twelve zwolf zwoelf douze doce dodici twaalf dwanascie doze dozen dutzend douzaine docena
12 dozzina dozijn tuzin duzia tucat dussin
13 thirteen dreizehn treize trece tredici dertien
14 fourteen vierzehn quatorze catorce quattordici veertien
15 fifteen funfzehn fuenfzehn quinze quince quindici vijftien
16 sixteen sechzehn seize dieciseis sedici zestien
18 eighteen achtzehn dieciocho diciotto achttien
20 twenty zwanzig vingt veinte venti twintig dwadziescia vinte husz tjugo score
25 veinticinco venticinque
30 thirty dreissig trente treinta trenta dertig trzydziesci trinta harminc
40 forty vierzig quarante cuarenta quaranta veertig czterdziesci quarenta negyven
50 fifty funfzig fuenfzig cinquante cincuenta cinquanta vijftig piecdziesiat cinquenta otven
60 sixty sechzig soixante sesenta sessanta zestig szescdziesiat sessenta hatvan
70 seventy siebzig setenta settanta zeventig
80 eighty achtzig ochenta ottanta tachtig oitenta
90 ninety neunzig noventa novanta negentig
100 hundred hundert cent cien ciento cento honderd sto cem szaz hundra
144 gross gros
1000 thousand tausend mille mil duizend tysiac ezer tusen
"""
_VALUES: dict[str, int] = {
    name: int(number)
    for number, *names in (line.split() for line in _NUMBERS.strip().splitlines())
    for name in names
}
_MANY = frozenset({12, 100, 144, 1000, 20})
_PLURALS = frozenset({"dozens", "dutzende", "douzaines", "docenas", "hundreds", "scores"})
_JOINS = frozenset({"and", "und", "et", "y", "e", "en", "of", "de", "i", "half"})
_THINGS = frozenset({"pieces", "pcs", "piece", "stuck", "stk", "units", "pairs", "sets", "st"})
_LONGEST, _MOST_WORDS, _HUNDRED = 40, 6, 100


def number(text: str) -> int | None:
    """The number a text says in words, or None where it says anything else.

    Only texts without digits are read, and only if every word of them counts.
    """
    if not 0 < len(text) <= _LONGEST or any(map(str.isdigit, text)):
        return None
    bare = unicodedata.normalize("NFKD", text.casefold().replace("ß", "ss").replace("ł", "l"))
    words = re.findall(r"[a-z]+", "".join(c for c in bare if not unicodedata.combining(c)))
    words = [word.removesuffix("s") if word in _PLURALS else word for word in words]
    counting = [word for word in words if word not in _JOINS and word not in _THINGS]
    if not counting or len(words) > _MOST_WORDS or any(w not in _VALUES for w in counting):
        return None
    total = _added([_VALUES[word] for word in counting])
    return total // 2 if words[0] == "half" and total % 2 == 0 else total


def _added(values: list[int]) -> int:
    """Two dozen is 24, two hundred fifty 250, twenty five 25."""
    total = current = 0
    for value in values:
        if value in _MANY and current and (value >= _HUNDRED or current < value):
            current *= value
        else:
            current += value
        if value >= _HUNDRED:
            total, current = total + current, 0
    return total + current
