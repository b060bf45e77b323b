/**
 * Large cities as their own people write them. GeoNames' main list has English names only, so "Roma" would be a town in
 * Texas and "Wien" nowhere. Public knowledge; one country a line, names divided by semicolons, spelling as in `fold`.
 */
const names = `
AT;wien;viena;vienne
DE;munchen;muenchen;koln;koeln;nurnberg;nuernberg;dusseldorf;duesseldorf;hannover;frankfurt;frankfurt am main;frankfurt main;munich;monaco di baviera;hambourg;hamburgo;braunschweig;zuerich am see;saarbruecken;luebeck;muenster;wuerzburg;goettingen;tuebingen
CH;zurich;zuerich;geneve;genf;ginevra;luzern;lucerne;bern;berne;basel;bale;neuchatel;sankt gallen;st gallen
IT;roma;rom;rome;milano;mailand;napoli;neapel;torino;turin;firenze;florenz;venezia;venedig;genova;padova;siracusa;livorno;mantova
FR;paris;parigi;lyon;marseille;marsella;nice;strasbourg;strassburg
ES;madrid;sevilla;seville;zaragoza;saragossa;la coruna;a coruna;vizcaya;donostia;san sebastian;palma;palma de mallorca;barcelona
PT;lisboa;lissabon;lisbonne;lisbona;porto;oporto
BE;bruxelles;brussel;brussels;antwerpen;anvers;gent;gand;brugge;bruges;liege;luik;leuven;louvain;mechelen;malines;kortrijk
NL;den haag;s gravenhage;gravenhage;the hague;rotterdam;amsterdam;la haye;den bosch
LU;luxembourg;luxemburg;letzebuerg
CZ;praha;prag;prague;praga;brno;plzen;pilsen;ostrava
SK;bratislava;pressburg;kosice
PL;warszawa;warschau;varsovie;krakow;krakau;cracow;wroclaw;gdansk;lodz;poznan;szczecin
HU;budapest
RO;bucuresti;bukarest;bucarest;iasi;cluj
BG;sofia;софия;пловдив;варна;бургас
GR;athina;athen;athens;athenes;atenas;atene;thessaloniki;saloniki;αθηνα;θεσσαλονικη;πατρα
RU;moskva;moskau;moscow;moscou;mosca;москва;sankt peterburg;st petersburg russia;санкт петербург;новосибирск;екатеринбург;казань;нижнии новгород;самара;омск;челябинск;ростов на дону;уфа;красноярск;пермь;воронеж;волгоград;краснодар;саратов;тюмень
UA;kyiv;kiev;kiew;киев;киів;київ;харьков;харків;одесса;одеса;львів;львов;днепр;дніпро;lviv;odessa ukraine;kharkiv;запоріжжя
BY;minsk;минск;мінск;гомель
RS;beograd;belgrad;belgrade;београд;nis;novi sad;нови сад
HR;zagreb;agram;rijeka;split
SI;ljubljana;laibach;maribor
BA;sarajevo;banja luka
MK;skopje;скопје
AL;tirane;tirana
DK;kobenhavn;kopenhagen;copenhagen;copenhague;arhus;aarhus;odense;aalborg
SE;stockholm;goteborg;gothenburg;malmo;uppsala
NO;oslo;bergen;trondheim;stavanger
FI;helsinki;helsingfors;turku;abo;tampere;tammerfors;espoo;esbo
IS;reykjavik
EE;tallinn;reval;tartu
LV;riga
LT;vilnius;wilna;kaunas
IE;dublin;baile atha cliath;cork
GB;london;londres;londra;londen;birmingham;edinburgh;edimburgo;glasgow
TR;istanbul;ankara;izmir;bursa;adana;constantinople
CY;nicosia;lefkosia;limassol;lemesos
MT;valletta
US;new york;nueva york;new york city;nyc;los angeles;chicago;san francisco;la;sf;washington dc;philadelphia
CA;toronto;montreal;vancouver;quebec;ottawa
MX;ciudad de mexico;mexico city;cdmx;mexico df;df;distrito federal;guadalajara;monterrey
BR;sao paulo;rio de janeiro;brasilia;belo horizonte;porto alegre;salvador;recife;fortaleza
AR;buenos aires;ciudad autonoma de buenos aires;caba;cordoba capital
CL;santiago de chile
CO;bogota;bogota dc;medellin;cali
PE;lima
UY;montevideo
VE;caracas
CU;la habana;havana
EG;cairo;al qahirah;القاهرة;الإسكندرية;الاسكندرية;alexandria egypt
SA;riyadh;ar riyad;الرياض;jeddah;جدة;mecca;makkah;مكة
AE;dubai;دبي;abu dhabi;ابوظبي;أبوظبي;sharjah
IQ;baghdad;بغداد
IR;tehran;teheran;تهران;مشهد;اصفهان
IL;jerusalem;yerushalayim;tel aviv;tel aviv yafo;haifa;ירושלים;תל אביב;חיפה
LB;beirut;beyrouth;بيروت
SY;damascus;دمشق
JO;amman;عمان jordan
MA;casablanca;الدار البيضاء;rabat;marrakech;marrakesh;fes;tanger
TN;tunis;تونس
DZ;alger;algiers;الجزائر
NG;lagos;abuja;kano
KE;nairobi
ZA;johannesburg;cape town;kaapstad;durban;pretoria
ET;addis ababa;addis abeba
IN;mumbai;bombay;delhi;new delhi;bengaluru;bangalore;kolkata;calcutta;chennai;madras;hyderabad india;pune;दिल्ली;मुंबई
PK;karachi;lahore;islamabad;کراچی;لاہور
BD;dhaka;dacca;ঢাকা
LK;colombo
CN;beijing;peking;pekin;pechino;北京;北京市;上海;上海市;shanghai;guangzhou;广州;广州市;shenzhen;深圳;深圳市;天津;重庆;成都;武汉;西安;杭州;南京;suzhou;nanjing;wuhan;chengdu;chongqing;tianjin
TW;taipei;臺北;台北;臺北市;台北市;高雄;高雄市;台中;臺中;kaohsiung;taichung
HK;hong kong;hongkong;香港;kowloon;九龍
MO;macau;macao;澳門
JP;tokyo;tokio;東京;東京都;大阪;大阪市;大阪府;京都;京都市;横浜;横浜市;名古屋;名古屋市;札幌;札幌市;福岡;福岡市;神戸;神戸市;osaka;kyoto;yokohama;nagoya;sapporo;kobe;fukuoka
KR;seoul;서울;서울특별시;부산;부산광역시;인천;대구;대전;광주;busan;pusan;incheon;daegu
TH;bangkok;krung thep;กรุงเทพ;กรุงเทพมหานคร
VN;ha noi;hanoi;ho chi minh city;thanh pho ho chi minh;ho chi minh;saigon;sai gon;da nang;tp ho chi minh
ID;jakarta;djakarta;surabaya;bandung;medan
MY;kuala lumpur;kl
PH;manila;quezon city;cebu city
SG;singapore;singapur;singapour
AU;sydney;melbourne;brisbane;perth;adelaide;canberra
NZ;auckland;wellington;christchurch
`;

/** Name and country; a city named here counts as one of a million people. */
export const cityNames: readonly (readonly [name: string, country: string])[] = names
  .trim()
  .split('\n')
  .flatMap((line) => {
    const [country = '', ...spelled] = line.split(';');
    return spelled.map((name) => [name, country] as const);
  });
