/**
 * Large cities in their local spelling. GeoNames' main list has English names only, in which "Roma" is a town in
 * Texas and "Wien" is missing. Common knowledge; one country a line, names separated by semicolons, spelling as in `fold`.
 */
const names = `
AT;wien;viena;vienne
DE;halle;halle saale;munchen;muenchen;koln;koeln;nurnberg;nuernberg;dusseldorf;duesseldorf;hannover;frankfurt;frankfurt am main;frankfurt main;frankfurt a m;frankfurt am;munich;monaco di baviera;hambourg;hamburgo;braunschweig;zuerich am see;saarbruecken;luebeck;muenster;wuerzburg;goettingen;tuebingen
CH;zurich;zuerich;geneve;genf;ginevra;luzern;lucerne;bern;berne;basel;bale;neuchatel;sankt gallen;st gallen
IT;latina;roma;rom;rome;milano;mailand;napoli;neapel;torino;turin;firenze;florenz;venezia;venedig;genova;padova;siracusa;livorno;mantova
FR;paris;parigi;lyon;marseille;marsella;nice;strasbourg;strassburg
ES;vitoria gasteiz;vitoria;gijon;santander;pamplona;logrono;madrid;sevilla;seville;zaragoza;saragossa;la coruna;a coruna;vizcaya;donostia;san sebastian;palma;palma de mallorca;barcelona
PT;lisboa;lissabon;lisbonne;lisbona;porto;oporto
BE;bruxelles;brussel;brussels;antwerpen;anvers;gent;gand;brugge;bruges;liege;luik;leuven;louvain;mechelen;malines;kortrijk
NL;den haag;s gravenhage;gravenhage;the hague;rotterdam;amsterdam;la haye;den bosch
LU;luxembourg;luxemburg;letzebuerg
CZ;praha;prag;prague;praga;brno;plzen;pilsen;ostrava
SK;bratislava;pressburg;kosice
PL;warszawa;warschau;varsovie;krakow;krakau;cracow;wroclaw;gdansk;lodz;poznan;szczecin
HU;budapest
RO;bucuresti;bukarest;bucarest;iasi;cluj
BG;sofia;софия;пловдив;варна;бургас;русе;стара загора;плевен
GR;athina;athen;athens;athenes;atenas;atene;thessaloniki;saloniki;αθηνα;θεσσαλονικη;πατρα;ηρακλειο;λαρισα;πειραιας;βολος
RU;moskva;moskau;moscow;moscou;mosca;москва;sankt peterburg;st petersburg russia;санкт петербург;новосибирск;екатеринбург;казань;нижнии новгород;самара;омск;челябинск;ростов на дону;уфа;красноярск;пермь;воронеж;волгоград;краснодар;саратов;тюмень;петербург;спб;питер;нижний новгород;ижевск;барнаул;ульяновск;иркутск;хабаровск;владивосток;ярославль;махачкала;томск;оренбург;кемерово;новокузнецк;рязань;астрахань;набережные челны;пенза;липецк;тула;киров;чебоксары;калининград;брянск;курск;иваново;магнитогорск;тверь;ставрополь;белгород;сочи;нижний тагил;архангельск;владимир;чита;калуга;смоленск;мурманск;тольятти;грозный;якутск;вологда;саранск;тамбов;кострома;сургут
UA;kyiv;kiev;kiew;киев;киів;київ;харьков;харків;одесса;одеса;львів;львов;днепр;дніпро;lviv;odessa ukraine;kharkiv;запоріжжя;кривой рог;николаев;винница;херсон;чернигов;полтава;черкассы;сумы;хмельницкий;черновцы;житомир;ровно;ивано франковск;тернополь;луцк;ужгород;мариуполь;луганск;донецк;запорожье;днепропетровск;вінниця;миколаїв;чернігів;черкаси;суми;чернівці;рівне;івано франківськ;тернопіль;кривий ріг;полтава
BY;minsk;минск;мінск;гомель;витебск;могилев;гродно;брест;бобруйск;гомель;барановичи;борисов;пинск;магілёў;гродна;брэст;віцебск
RS;beograd;belgrad;belgrade;београд;nis;novi sad;нови сад;ниш;крагуевац;суботица
HR;zagreb;agram;rijeka;split
SI;ljubljana;laibach;maribor
BA;sarajevo;banja luka;сарајево;бања лука
MK;skopje;скопје;битола;тетово;куманово;охрид
AL;tirane;tirana
DK;kobenhavn;kopenhagen;copenhagen;copenhague;arhus;aarhus;odense;aalborg
SE;stockholm;goteborg;gothenburg;malmo;uppsala
NO;oslo;bergen;trondheim;stavanger
FI;helsinki;helsingfors;turku;abo;tampere;tammerfors;espoo;esbo
IS;reykjavik
EE;tallinn;reval;tartu;таллин;таллинн;тарту;нарва
LV;riga;рига;даугавпилс
LT;vilnius;wilna;kaunas;вильнюс;каунас;клайпеда
IE;dublin;baile atha cliath;cork
GB;london;londres;londra;londen;birmingham;edinburgh;edimburgo;glasgow
TR;istanbul;ankara;izmir;bursa;adana;constantinople
CY;nicosia;lefkosia;limassol;lemesos;λευκωσια;λεμεσος;λαρνακα;παφος
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
EG;cairo;al qahirah;القاهرة;الإسكندرية;الاسكندرية;alexandria egypt;الجيزة;بورسعيد;السويس;المنصورة;طنطا;اسيوط;الاقصر;اسوان
SA;riyadh;ar riyad;الرياض;jeddah;جدة;mecca;makkah;مكة;المدينة المنورة;الدمام;الطائف;تبوك;بريدة;مكة المكرمة
AE;dubai;دبي;abu dhabi;ابوظبي;أبوظبي;sharjah;الشارقة;عجمان;العين;راس الخيمة
IQ;baghdad;بغداد;البصرة;البصره;الموصل;اربيل;أربيل;النجف;كربلاء;كركوك
IR;tehran;teheran;تهران;مشهد;اصفهان;شیراز;تبریز;کرج;اهواز;قم;کرمانشاه;رشت;تبريز;شيراز
IL;jerusalem;yerushalayim;tel aviv;tel aviv yafo;haifa;ירושלים;תל אביב;חיפה;ראשון לציון;פתח תקווה;אשדוד;נתניה;באר שבע
LB;beirut;beyrouth;بيروت;صيدا;طرابلس لبنان
SY;damascus;دمشق;حلب;حمص;اللاذقية;حماة
JO;amman;عمان jordan;اربد;الزرقاء;العقبة
MA;casablanca;الدار البيضاء;rabat;marrakech;marrakesh;fes;tanger;الرباط;مراكش;فاس;طنجة;اكادير;مكناس;وجدة
TN;tunis;تونس;صفاقس;سوسة;القيروان
DZ;alger;algiers;الجزائر;وهران;قسنطينة;عنابة
NG;lagos;abuja;kano
KE;nairobi
ZA;johannesburg;cape town;kaapstad;durban;pretoria
ET;addis ababa;addis abeba;አዲስ አበባ
IN;mumbai;bombay;delhi;new delhi;bengaluru;bangalore;kolkata;calcutta;chennai;madras;hyderabad india;pune;दिल्ली;मुंबई;कोलकाता;चेन्नई;बेंगलुरु;हैदराबाद;नई दिल्ली;पुणे;कलकत्ता;চেন্নাই;কলকাতা;சென்னை;బెంగళూరు;హైదరాబాద్;ಬೆಂಗಳೂರು;മുംബൈ;કલકત્તા;અમદાવાદ;മുംബൈ;கோயம்புத்தூர்
PK;karachi;lahore;islamabad;کراچی;لاہور;فیصل آباد;راولپنڈی;ملتان;پشاور;کوئٹہ;اسلام آباد
BD;dhaka;dacca;ঢাকা;চট্টগ্রাম;সিলেট;খুলনা
LK;colombo;කොළඹ;கொழும்பு
CN;beijing;peking;pekin;pechino;北京;北京市;上海;上海市;shanghai;guangzhou;广州;广州市;shenzhen;深圳;深圳市;天津;重庆;成都;武汉;西安;杭州;南京;suzhou;nanjing;wuhan;chengdu;chongqing;tianjin;广州市;苏州;青岛;大连;沈阳;哈尔滨;长沙;郑州;济南;宁波;厦门;福州;合肥;昆明;东莞;佛山;无锡;石家庄;太原;南昌;南宁;贵阳;兰州;乌鲁木齐;长春
TW;taipei;臺北;台北;臺北市;台北市;高雄;高雄市;台中;臺中;kaohsiung;taichung;台南;臺南;新竹;桃園;基隆
HK;hong kong;hongkong;香港;kowloon;九龍
MO;macau;macao;澳門
JP;tokyo;tokio;東京;東京都;大阪;大阪市;大阪府;京都;京都市;横浜;横浜市;名古屋;名古屋市;札幌;札幌市;福岡;福岡市;神戸;神戸市;osaka;kyoto;yokohama;nagoya;sapporo;kobe;fukuoka;仙台;広島;川崎;さいたま;千葉;北九州;堺;新潟;浜松;熊本;岡山;静岡;鹿児島;那覇;長崎;奈良;金沢
KR;seoul;서울;서울특별시;부산;부산광역시;인천;대구;대전;광주;busan;pusan;incheon;daegu;울산;수원;창원;성남;고양;용인;제주;청주;전주;인천광역시;대구광역시;대전광역시
TH;bangkok;krung thep;กรุงเทพ;กรุงเทพมหานคร;เชียงใหม่;ภูเก็ต;พัทยา
VN;ha noi;hanoi;ho chi minh city;thanh pho ho chi minh;ho chi minh;saigon;sai gon;da nang;tp ho chi minh
ID;jakarta;djakarta;surabaya;bandung;medan
MY;kuala lumpur;kl
PH;manila;quezon city;cebu city
SG;singapore;singapur;singapour
AU;sydney;melbourne;brisbane;perth;adelaide;canberra
NZ;auckland;wellington;christchurch
UZ;ташкент;тошкент;самарканд;самарқанд;бухара;бухоро;наманган;андижан;фергана;нукус;карши;коканд;tashkent;toshkent;samarqand
KZ;алматы;алма ата;астана;нур султан;шымкент;караганда;қарағанды;актобе;ақтөбе;тараз;павлодар;усть каменогорск;семей;костанай;атырау;уральск;петропавловск;актау;кызылорда;нұр сұлтан
KG;бишкек;ош;джалал абад;каракол;токмок
TJ;душанбе;худжанд;куляб;бохтар
TM;ашхабад;туркменабад;дашогуз;мары;ашгабат
AM;ереван;гюмри;երևան;երեւան;գյումրի;վանաձոր
AZ;баку;гянджа;сумгаит;бакы;baki;baku
GE;тбилиси;батуми;кутаиси;თბილისი;ბათუმი;ქუთაისი;რუსთავი
MD;кишинев;бельцы;тирасполь;chisinau;kishinev
MN;улан батор;улаанбаатар;эрдэнэт;дархан
ME;подгорица
QA;الدوحة;الدوحه
KW;مدينة الكويت
BH;المنامة;المنامه
OM;مسقط;صلالة
YE;صنعاء;عدن;تعز;الحديدة
LY;طرابلس ليبيا;بنغازي;مصراتة
SD;الخرطوم;ام درمان
PS;غزة;رام الله;نابلس;الخليل
AF;کابل;هرات;قندهار;مزار شریف
NP;काठमाडौं;काठमांडू;पोखरा
MM;ရန်ကုန်;မန္တလေး
KH;ភ្នំពេញ
LA;ວຽງຈັນ
`;

/** Name and country. A city in this list counts as one of a million people. */
export const cityNames: readonly (readonly [name: string, country: string])[] = names
  .trim()
  .split('\n')
  .flatMap((line) => {
    const [country = '', ...spelled] = line.split(';');
    return spelled.map((name) => [name, country] as const);
  });
