/**
 * First-level divisions in local spelling, where the lists have only English or administrative names: Cyrillic and
 * Greek names, Spanish names of Basque, Catalan and Galician provinces, merged regions that addresses still use, British
 * counties, usual short forms. From ISO 3166-2 with its withdrawn entries; one country a line.
 */
const names = `
RU;кабардино-балкарская республика;карачаево-черкесская республика;республика саха;саха (якутия);республика саха (якутия);якутия;республика северная осетия - алания;республика северная осетия;татарстан;республика татарстан;тыва;республика тыва;республика хакасия;хакасия;чеченская республика;чечня;чувашия;чувашская республика - чувашия;удмуртия;башкирия;республика крым;московская область;тюменская область;еврейская автономная область;ненецкий автономный округ;ханты-мансийский автономный округ;ханты-мансийский автономный округ - югра;чукотский автономный округ;ямало-ненецкий автономный округ;москва;санкт-петербург;город москва;город санкт-петербург
UA;вінницька;волинська;дніпропетровська;донецька;житомирська;закарпатська;запорізька;івано-франківська;київська;кіровоградська;луганська;львівська;миколаївська;одеська;полтавська;рівненська;сумська;тернопільська;харківська;херсонська;хмельницька;черкаська;чернівецька;чернігівська;київ;м київ;севастополь;винницкая;волынская;днепропетровская;донецкая;житомирская;закарпатская;запорожская;ивано-франковская;киевская;кировоградская;луганская;львовская;николаевская;одесская;полтавская;ровенская;сумская;тернопольская;харьковская;херсонская;хмельницкая;черкасская;черновицкая;черниговская
BY;мінская вобласць;брэсцкая вобласць;гомельская вобласць;гродзенская вобласць;віцебская вобласць;магілёўская вобласць;минская область;брестская область;гомельская область;гродненская область;витебская область;могилевская область
BG;благоевград;бургас;варна;велико търново;видин;враца;габрово;добрич;кърджали;кюстендил;ловеч;монтана;пазарджик;перник;плевен;пловдив;разград;русе;силистра;сливен;смолян;софия;софия-град;софийска;стара загора;търговище;хасково;шумен;ямбол
GR;αττική;κεντρική μακεδονία;δυτική μακεδονία;ανατολική μακεδονία και θράκη;θεσσαλία;κρήτη;πελοπόννησος;στερεά ελλάδα;ήπειρος;δυτική ελλάδα;νότιο αιγαίο;βόρειο αιγαίο;ιόνια νησιά
RS;војводина;vojvodina;шумадијски округ
TW;新北市;高雄市;台北市;臺北市;桃園市;台中市;臺中市;台南市;臺南市;新竹市;新竹縣;苗栗縣;彰化縣;南投縣;雲林縣;嘉義市;嘉義縣;屏東縣;宜蘭縣;花蓮縣;台東縣;臺東縣;澎湖縣;基隆市;金門縣
EG;القاهرة;الجيزة;الإسكندرية;الدقهلية;الشرقية;الغربية;المنوفية;القليوبية;البحيرة
SA;الرياض;مكة المكرمة;المدينة المنورة;المنطقة الشرقية
ES;comunidad foral de navarra;vizcaya;guipuzcoa;alava;la coruna;gerona;lerida;orense;comunidad valenciana;comunitat valenciana;castellon;islas baleares;baleares;islas canarias;las palmas;santa cruz de tenerife;principado de asturias;region de murcia;comunidad de madrid;ciudad autonoma de ceuta;ciudad autonoma de melilla;castilla y leon;castilla la mancha
DE;nrw;bw;baden wuerttemberg;thueringen;rheinland pfalz;rlp;niedersachsen;nds;mecklenburg vorpommern;mv;sachsen anhalt;schleswig holstein;bavaria;saxony;lower saxony;hesse;thuringia;north rhine westphalia;rhineland palatinate
FR;rhone alpes;aquitaine;languedoc roussillon;bourgogne;champagne ardenne;franche comte;picardie;limousin;poitou charentes;midi pyrenees;lorraine;nord pas de calais;auvergne;haute normandie;basse normandie;paca;alsace;region parisienne
GB;yorkshire;west midlands;middlesex;greater london;greater manchester;merseyside;tyne and wear;avon;cleveland;humberside;berkshire;buckinghamshire;bedfordshire;cambridgeshire;cheshire;cornwall;cumberland;cumbria;derbyshire;devon;dorset;durham;east sussex;west sussex;sussex;essex;gloucestershire;hampshire;hants;herefordshire;hertfordshire;herts;huntingdonshire;kent;lancashire;lancs;leicestershire;lincolnshire;norfolk;northamptonshire;northants;northumberland;nottinghamshire;notts;oxfordshire;oxon;rutland;shropshire;salop;somerset;staffordshire;suffolk;surrey;warwickshire;westmorland;wiltshire;wilts;worcestershire;north yorkshire;south yorkshire;west yorkshire;aberdeenshire;angus;argyll;ayrshire;banffshire;berwickshire;caithness;clackmannanshire;dumfriesshire;dunbartonshire;east lothian;fife;inverness shire;kincardineshire;kinross shire;kirkcudbrightshire;lanarkshire;midlothian;moray;nairnshire;orkney;peeblesshire;perthshire;renfrewshire;ross shire;roxburghshire;selkirkshire;shetland;stirlingshire;sutherland;west lothian;wigtownshire;anglesey;brecknockshire;caernarfonshire;cardiganshire;carmarthenshire;clwyd;denbighshire;dyfed;flintshire;glamorgan;mid glamorgan;south glamorgan;west glamorgan;gwent;gwynedd;merionethshire;monmouthshire;montgomeryshire;pembrokeshire;powys;radnorshire;county antrim;county armagh;county down;county fermanagh;county londonderry;county tyrone
IE;co cork;co dublin;co galway;co kerry;co kildare;co kilkenny;co laois;co leitrim;co limerick;co longford;co louth;co mayo;co meath;co monaghan;co offaly;co roscommon;co sligo;co tipperary;co waterford;co westmeath;co wexford;co wicklow;co carlow;co cavan;co clare;co donegal
BE;vlaanderen;vlaams gewest;region wallonne;region de bruxelles capitale;brussels hoofdstedelijk gewest;brabant wallon;vlaams brabant
NL;noord holland;zuid holland;noord brabant;friesland;fryslan
MX;distrito federal;df;cdmx;edomex;edo de mexico;edo mex
AR;capital federal;caba;ciudad autonoma de buenos aires;pcia de buenos aires;bs as
NO;hordaland;akershus;buskerud;ostfold;vestfold;telemark;oppland;hedmark;aust agder;vest agder;sogn og fjordane;sor trondelag;nord trondelag;troms;finnmark;viken;innlandet;vestland;rogaland
DK;midtjylland;nordjylland;syddanmark;sjaelland;hovedstaden;region midtjylland;region nordjylland;region syddanmark;region sjaelland;region hovedstaden
FI;southern finland;western finland;eastern finland;etela suomen laani;lansi suomen laani
CZ;hlavni mesto praha;hl m praha;stredni cechy
PT;ilha da madeira;acores;ilha de sao miguel
AL;qarku i beratit;qarku i dibres;qarku i durresit;qarku i elbasanit;qarku i fierit;qarku i gjirokastres;qarku i korces;qarku i kukesit;qarku i lezhes;qarku i shkodres;qarku i tiranes;qarku i vlores
EE;harju maakond;tartu maakond;ida viru maakond;laane viru maakond;parnu maakond;viljandi maakond;rapla maakond;voru maakond;saare maakond;jogeva maakond;jarva maakond;valga maakond;polva maakond;laane maakond;hiiu maakond
JP;東京;大阪;京都;神奈川;愛知;埼玉;千葉;兵庫;福岡;広島;宮城;静岡
`;

/** Name and country. */
export const nativeSubdivisions: readonly (readonly [name: string, country: string])[] = names
  .trim()
  .split('\n')
  .flatMap((line) => {
    const [country = '', ...spelled] = line.split(';');
    return spelled.map((name) => [name, country] as const);
  });
