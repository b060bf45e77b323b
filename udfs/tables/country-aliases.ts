/**
 * Names of countries that the lists of names lack: abbreviations, nations within a state, former and colloquial names, and official names
 * that are not "Republic of" with the common name. From UN terminology and ISO 3166-3.
 * One country a line, names separated by semicolons. Spelling as in `fold`.
 */
const aliases = `
US;usa;u s;u s a;us of a;united states;united states of america;the states;america;estados unidos de america;eeuu;ee uu;eua;etats unis damerique;vereinigte staaten von amerika;stati uniti damerica;vs;usa us;us usa;united states usa;united states us;etats unis;united states of america usa;u s of a;the us;the usa
GB;uk;u k;gb;gbr;england;scotland;wales;northern ireland;great britain;britain;united kingdom of great britain;united kingdom of great britain and northern ireland;angleterre;inglaterra;inghilterra;grossbritannien;grande bretagne;gran bretana;gran bretagna;gra bretanha;engeland;schottland;ecosse;escocia;scozia;cymru;wielka brytania;anglia;angliya;イギリス;英国;英國;영국;anh;nuoc anh;the uk;united kingdom uk;uk united kingdom;great britain uk;united kingdom gb
NL;holland;the netherlands;nederland;holanda;hollande;olanda;kingdom of the netherlands;pays bas;paises bajos
DE;brd;frg;federal republic of germany;west germany;east germany;ddr;gdr;bundesrepublik;bundesrepublik deutschland;alemania;allemagne;ger;fed rep germany;federal germany
CZ;czechia;czech republic;the czech republic;ceska republika;cesko;ceska rep;czech rep;cr czech
SK;slovak republic;slovenska republika;slovak rep
CH;swiss confederation;swiss;confoederatio helvetica;helvetia;schweizerische eidgenossenschaft;confederation suisse
GR;hellas;hellenic republic;ellada;el;elliniki dimokratia;ελληνικη δημοκρατια
FR;french republic;republique francaise;metropolitan france;france metropolitaine
IT;italian republic;repubblica italiana
PT;portuguese republic;republica portuguesa
AR;argentine republic;argentine;republica argentina
ES;kingdom of spain;reino de espana
IE;eire;republic of ireland;irish republic;southern ireland
RU;russia;russian federation;rossiya;rossiyskaya federatsiya;rf;russia federation;ussr
CN;prc;pr china;peoples republic of china;mainland china;china pr;china mainland;zhongguo;中华人民共和国;中華人民共和國;中国大陆
TW;roc;republic of china;taiwan roc;chinese taipei;taiwan province of china;formosa;中華民國;台湾;臺灣;台灣
HK;hong kong sar;hongkong;hong kong sar china;hk sar;hksar;hong kong special administrative region of china;hong kong special administrative region
MO;macau;macao sar;macau sar;macao sar china;macao special administrative region of china;macao special administrative region
KR;south korea;korea south;republic of korea;korea republic of;rok;s korea;korea;daehan minguk;대한민국;한국;korea rok;korea south republic
KP;north korea;korea north;dprk;democratic peoples republic of korea;korea democratic peoples republic of;n korea;democratic republic of korea;peoples democratic republic of korea;korea peoples democratic republic;korea dpr;dpr korea;korea dprk
JP;nippon;nihon;日本国;japon
VN;viet nam;vietnam;socialist republic of vietnam;socialist republic of viet nam;cong hoa xa hoi chu nghia viet nam
LA;laos;lao pdr;lao;lao peoples democratic republic;lao peoples dr;lao dr
MM;burma;myanmar burma;republic of the union of myanmar
TH;siam;kingdom of thailand;ราชอาณาจักรไทย
LK;ceylon;democratic socialist republic of sri lanka
PH;philippines;the philippines;republic of the philippines;pilipinas;phil
BN;brunei;nation of brunei;brunei darussalam
TL;east timor;timor leste;timor oriental
ID;indonesia;republic of indonesia
AE;uae;u a e;emirates;united arab emirates;vae;eau;the uae
SA;ksa;k s a;saudi;kingdom of saudi arabia;saudi arabia;المملكة العربية السعودية
IR;iran;persia;islamic republic of iran;iran islamic republic of;ir iran;i r iran
SY;syria;syrian arab republic
PS;palestine;state of palestine;palestinian territory;palestinian territories;palestinian authority;west bank;gaza;gaza strip;occupied palestinian territory;west bank and gaza;west bank and gaza strip
TR;turkey;turkiye;republic of turkey;republic of turkiye
EG;arab republic of egypt;misr;جمهورية مصر العربية
YE;republic of yemen
AF;islamic emirate of afghanistan
LU;grand duche de luxembourg;grossherzogtum luxemburg;groussherzogtum letzebuerg
AD;principat dandorra;principado de andorra
IN;bharat;भारत गणराज्य;republic of india
JO;hashemite kingdom of jordan
LB;lebanese republic
KW;state of kuwait
IL;state of israel
LY;libya;libyan arab jamahiriya;state of libya
DZ;peoples democratic republic of algeria;republique algerienne democratique et populaire;republique algerienne
TN;tunisian republic
MA;kingdom of morocco;maroc
EH;western sahara
CD;drc;d r c;dr congo;democratic republic of the congo;democratic republic of congo;congo kinshasa;congo dr;congo the democratic republic of the;congo democratic republic of the;zaire;rdc;republique democratique du congo;rd congo;r d congo;congo rdc;congo rd;congo drc;rep dem congo;republica democratica del congo;republica democratica do congo
CG;congo;republic of the congo;republic of congo;congo brazzaville;congo republic;congo rep brazzaville
CF;central african republic;car
CI;ivory coast;cote divoire;republic of cote divoire;cote d ivoire;republique de cote divoire
CV;cape verde;cabo verde;republic of cabo verde
SZ;swaziland;eswatini;kingdom of eswatini
ZA;rsa;r s a;south africa;republic of south africa;sudafrika
TZ;tanzania;united republic of tanzania;tanzania united republic of;zanzibar
ZW;rhodesia;zimbabwe
BF;burkina;upper volta
GM;gambia;the gambia;republic of the gambia;islamic republic of the gambia
GW;guinea bissau
GQ;equatorial guinea
SS;south sudan
ST;sao tome;sao tome and principe
TG;togolese republic
GA;gabonese republic
ET;federal democratic republic of ethiopia;abyssinia
SO;federal republic of somalia;somaliland
KM;union of the comoros
MX;mexico;united mexican states;estados unidos mexicanos;mejico
VE;venezuela;bolivarian republic of venezuela;venezuela bolivarian republic of;venezuela rb
BO;bolivia;plurinational state of bolivia;bolivia plurinational state of
UY;oriental republic of uruguay
GY;co operative republic of guyana;cooperative republic of guyana
DO;dominican rep;dom rep;republica dominicana
TT;trinidad;tobago
LC;st lucia;saint lucia
VC;st vincent;saint vincent;st vincent and the grenadines;saint vincent and the grenadines
KN;st kitts;saint kitts;st kitts and nevis;federation of saint kitts and nevis;federation of saint christopher and nevis
AG;antigua;barbuda
BS;bahamas;the bahamas;commonwealth of the bahamas
DM;commonwealth of dominica
PR;puerto rico;commonwealth of puerto rico;p r
VI;us virgin islands;u s virgin islands;united states virgin islands;usvi;virgin islands us;virgin islands of the united states;virgin islands usa;virgin islands american;american virgin islands
VG;british virgin islands;bvi;virgin islands british;virgin islands uk;virgin islands gb;uk virgin islands
CW;curacao
SX;sint maarten;sint maarten dutch part;saint martin dutch part;st martin dutch part;saint martin dutch;st martin dutch
MF;saint martin;st martin;saint martin french part;st martin french part;saint martin french;st martin french
AU;commonwealth of australia;aus;oz
NZ;aotearoa;n z
PG;papua new guinea;png;independent state of papua new guinea
FM;micronesia;federated states of micronesia;micronesia federated states of
WS;independent state of samoa;western samoa
FJ;fiji islands
SB;solomons
MK;macedonia;north macedonia;republic of north macedonia;fyrom;former yugoslav republic of macedonia;republic of macedonia;macedonia fyrom;fyr macedonia;macedonia fyr;the former yugoslav republic of macedonia;yugoslav republic of macedonia;former yugoslav macedonia
BA;bosnia;bosnia and herzegovina;bosnia herzegovina;bih
ME;montenegro;crna gora
RS;republic of serbia;srbija
HR;hrvatska;republic of croatia
MD;moldova;republic of moldova;moldavia
BY;belarus;byelorussia;white russia;belorussia
UA;ukraine;the ukraine;ukraina
KZ;kazakstan
KG;kyrgyzstan;kyrgyz republic;kirghizia
GE;georgia country;republic of georgia;sakartvelo
EE;eesti;republic of estonia
FI;suomi;suomen tasavalta
SE;sverige
NO;norge;kingdom of norway
DK;danmark
IS;island iceland
AT;osterreich;oesterreich
HU;magyarorszag;hungary;magyar koztarsasag
PL;polska
RO;romania;rumania
BG;bulgaria
VA;vatican;holy see;vatican city;vatican city state;holy see vatican city state
SM;most serene republic of san marino
FK;falkland islands;islas malvinas;falklands
RE;reunion island
GS;south georgia and the islands;south georgia
GN;guinea conakry;guinee conakry;republic of guinea
FO;faeroe islands;faeroes;faroes;the faroes;faroe isles
SH;st helena;saint helena ascension and tristan da cunha;ascension island;tristan da cunha
BQ;bonaire;bonaire sint eustatius and saba;caribbean netherlands;bes islands
PM;st pierre and miquelon
BL;st barthelemy;st barts;saint barts
US;америка;сша;أمريكا;امريكا;الولايات المتحدة;الولايات المتحدة الامريكية;美利坚合众国;米国;アメリカ合衆国;미합중국;อเมริกา;अमेरिका;ארהב;אמריקה;αμερικη;amerika;ameryka;آمریکا;ایالات متحده;hoa ky;mei guo
GB;англия;великобритания;англія;انجلترا;بريطانيا;المملكة المتحدة;انگلیس;انگلستان;英格兰;苏格兰;イングランド;잉글랜드;อังกฤษ;इंग्लैंड;इंग्लैण्ड;אנגליה;αγγλια;ingiltere;england uk;engleska;anglija
AE;الامارات;الإمارات;оаэ;эмираты;emirati arabi;emirados arabes
CN;кнр;中华;中華人民共和国;中华人民共和国
KP;кндр;северная корея;朝鲜;北韩;北朝鮮;북한;corea del norte
KR;южная корея;корея;كوريا;كوريا الجنوبية;南韩;南韓;韩国;韓國;韓国;남한;corea;corea del sur;coree;korea selatan
RU;рф;российская федерация
DE;фрг;германия;독일연방공화국;德意志
ZA;юар
BY;рб;белоруссия
NL;голландия;нидерланды;هولندا;ολλανδια;hollanda;네덜란드
IN;हिंदुस्तान;हिन्दुस्तान;hindustan
SA;السعودية;السعوديه
WF;wallis and futuna islands
KZ;рк
TH;เมืองไทย;ประเทศไทย
AU;호주
`;

/** Folded name to alpha-2 code. It overrides every other list. */
export const countryAliases: ReadonlyMap<string, string> = new Map(
  aliases
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [code = '', ...names] = line.split(';');
      return names.map((name) => [name, code] as const);
    }),
);
