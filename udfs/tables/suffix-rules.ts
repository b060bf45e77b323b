/**
 * Names of schools, governments, armed forces and associations in the DNS. A registry reserves such second levels
 * for verified members (gov.uk, edu.au, go.jp), so one rule covers institutions that no list has. From the ICANN part
 * of the Public Suffix List and the registries' policies. Where a country uses a word differently (`go.it` is a place, `ac` in
 * `ac.ir` a school), the word counts only in the countries named here.
 *
 * Each rule looks at the labels from the right. A domain is split once for all of them (`suffixOf`).
 */

import { reservedForArmedForces, reservedForAuthorities, reservedForSchools } from './reserved-suffixes.ts';

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** Second levels under any two-letter top-level domain. */
const educational = words('edu ac sch k12 ed school schools');
const governmental = words('gov gob gouv govt gub guv gouvernement government govern gv govmu');
const military = words('mil mod defence');
const charitable = words('org or ngo ong asso assoc asn npo nfp charity');

/** Short words with this meaning only in these countries. */
const goCountries = words('jp kr th id ke ug tz ci cr');
const gvCountries = words('at ao');
const acCountries = words(
  'ae at bd be bw ci cn cr cy fj gn gov id il im in ir jp ke kr lk ls ma me mu mw mz nz pa pg ph rs rw se ss sz th tj tz ug uk vn za zm zw mm',
);
const edCountries = words('jp ao ci cr pf');
const orCountries = words('jp kr at id th tz ug ke ci cr mu pw bi it na');
const modCountries = words('uk gi');

/** Countries whose registries reserve `net` or `ne` for network providers, who give their customers mail there. */
const netCountries = words(
  'ae bd bn bt cn co eg et id il kh lb lk ma ml mm mv mx my ng np om pe ph pk qa sa sg th tr tw ve ye do ec gt kw bh jo kz uy py',
);
const neCountries = words('jp kr ke tz ug');

/** Whole suffixes that the words above do not cover. */
const educationalSuffixes = words(`
edu k12.tr k12.il hs.kr es.kr ms.kr kg.kr sc.kr school.nz school.za cri.nz educacion.es educ.ar educagri.fr
${reservedForSchools}`);
const governmentalSuffixes = words(`
gov fed.us nsn.us dni.us isa.us bund.de bundestag.de bundesregierung.de bundesrat.de bundesbank.de auswaertiges-amt.de zoll.de
bka.de bafin.de rki.de bayern.de nrw.de hessen.de sachsen.de niedersachsen.de brandenburg.de thueringen.de saarland.de rlp.de
sachsen-anhalt.de schleswig-holstein.de mv-regierung.de landsh.de bwl.de bremen.de hamburg.de berlin.de muenchen.de
stadt-koeln.de stadt-frankfurt.de stuttgart.de nuernberg.de dresden.de leipzig.de hannover-stadt.de arbeitsagentur.de bundespolizei.de
polizei.de justiz.de bsi.de destatis.de umweltbundesamt.de
admin.ch parlament.ch stadt-zuerich.ch bernerjura.ch ag.ch ai.ch ar.ch be.ch bl.ch bs.ch fr.ch ge.ch gl.ch gr.ch
ju.ch lu.ch ne.ch nw.ch ow.ch sg.ch sh.ch so.ch sz.ch tg.ch ti.ch ur.ch vd.ch vs.ch zg.ch zh.ch llv.li
europa.eu overheid.nl minbuza.nl rijksoverheid.nl belastingdienst.nl politie.nl minvws.nl minfin.nl minjenv.nl minienw.nl minbzk.nl
minocw.nl minlnv.nl minszw.nl minez.nl rws.nl amsterdam.nl rotterdam.nl denhaag.nl utrecht.nl tweedekamer.nl rivm.nl duo.nl
fgov.be belgium.be vlaanderen.be wallonie.be brussels.be just.fgov.be premier.be stad.gent antwerpen.be
gouv.fr senat.fr assemblee-nationale.fr elysee.fr paris.fr caf.fr urssaf.fr banque-france.fr
governo.it interno.it esteri.it giustizia.it poliziadistato.it camera.it senato.it quirinale.it istat.it inps.it agenziaentrate.it
agenziadogane.it beniculturali.it
gencat.cat juntadeandalucia.es xunta.gal euskadi.eus madrid.es jcyl.es carm.es aragon.es gobex.es navarra.es cantabria.es
policia.es guardiacivil.es congreso.es senado.es agenciatributaria.es
parlamento.pt gov-madeira.pt
police.uk nhs.uk nhs.net parliament.uk gov.scot gov.wales gov.im gov.je gov.gg gov.ie garda.ie oireachtas.ie hse.ie revenue.ie
regeringen.se riksdagen.se polisen.se skatteverket.se forsakringskassan.se kommun.se stockholm.se goteborg.se malmo.se regionstockholm.se
vgregion.se skane.se domstol.se trafikverket.se arbetsformedlingen.se socialstyrelsen.se folkhalsomyndigheten.se migrationsverket.se
dep.no regjeringen.no stortinget.no politiet.no kommune.no skatteetaten.no nav.no domstol.no vegvesen.no helsedir.no
regionh.dk rm.dk rsyd.dk rn.dk ft.dk skat.dk politi.dk kk.dk sum.dk um.dk fm.dk dst.dk
valtioneuvosto.fi vm.fi stm.fi oikeus.fi poliisi.fi vero.fi hel.fi espoo.fi tampere.fi turku.fi oulu.fi vantaa.fi eduskunta.fi kela.fi
riigikogu.ee rik.ee politsei.ee emta.ee mkm.ee fin.ee just.ee sm.ee hm.ee agri.ee siseministeerium.ee vm.ee tallinn.ee tartu.ee
lrv.lt lrs.lt vmi.lt vilnius.lt kaunas.lt saeima.lv riga.lv
mfcr.cz mvcr.cz mzcr.cz mpsv.cz msmt.cz mmr.cz justice.cz policie.cz psp.cz senat.cz praha.eu brno.cz vlada.cz czso.cz
minv.sk justice.sk nrsr.sk bratislava.sk
government.bg mvr.bg parliament.bg sejm.pl senat.pl um.warszawa.pl policja.pl nik.pl nbp.pl zus.pl
gov.ru kremlin.ru government.ru mos.ru duma.ru nalog.ru rada.ua
gc.ca canada.ca ontario.ca alberta.ca manitoba.ca saskatchewan.ca gnb.ca novascotia.ca toronto.ca ottawa.ca montreal.ca
vancouver.ca calgary.ca edmonton.ca parl.ca quebec.ca rcmp-grc.gc.ca
parliament.nz lg.jp metro.tokyo.jp nic.in sansad.in
usps.com uspto.gov calpers.ca.gov nyc.gov state.gov mta.info
${reservedForAuthorities}`);
const militarySuffixes = words(`
mil mod.uk bundeswehr.org bundeswehr.de defense.gouv.fr intradef.gouv.fr forces.gc.ca dnd.ca cmf-fac.ca mindef.nl defensie.nl
mil.be forsvaret.no mil.no forsvaret.dk fmn.dk mil.dk forsvarsmakten.se mil.se fmv.se puolustusvoimat.fi mil.fi kra.ee mil.ee
esercito.difesa.it difesa.it aeronautica.difesa.it marina.difesa.it carabinieri.it mde.es ejercito.mde.es emfa.pt exercito.pt marinha.pt
vtg.admin.ch vbs.admin.ch bundesheer.at bmlv.gv.at army.cz acr.army.cz mon.gov.pl wp.mil.pl defence.gov.au nzdf.mil.nz military.ie
defenceforces.ie mod.go.jp mnd.go.kr mod.gov.tr tsk.tr mil.ru idf.il nato.int usafa.edu westpoint.edu usma.edu usna.edu nps.edu
hellenicnavy.gr army.gr haf.gr exercito.gov.br mb.mil.br armada.mil.co iaf.nic.in
${reservedForArmedForces}`);
const charitableSuffixes = words(`
org ngo ong charity foundation int museum church giving coop.ngo
`);

/** Usual words in the registrable labels of cities, counties and ministries. */
const townsUs =
  /^(?:cityof|townof|villageof|countyof|boroughof|townshipof|portof)[a-z-]|[a-z-](?:county(?:gov|[a-z]{2})?|gov|township|twp|borough|parish|sheriff|sheriffsoffice|police|policedept|policedepartment|firedept|firedistrict|waterdistrict|housingauthority|transitauthority|portauthority|courts?)$/;
const townsByCountry = new Map<string, RegExp>([
  ['de', /^(?:stadt|gemeinde|landkreis|kreis|bundes|landtag|polizei|rathaus)-|^landkreis/],
  ['at', /^(?:stadt|gemeinde)-/],
  ['nl', /^(?:gemeente|provincie|waterschap)[a-z-]{3,}/],
  ['fr', /^(?:mairie|ville|departement|region|prefecture)-|^mairiede/],
  ['es', /^(?:ayto|ayuntamiento|diputacion)/],
  ['pt', /^(?:cm|jf)-/],
  ['it', /^(?:comune|provincia|regione|cittametropolitana)/],
  ['dk', /kommune$|^region/],
  ['se', /kommun$|^region|myndigheten$/],
  ['ca', /^(?:city|town|village|county|region)of[a-z-]|county$/],
  ['ee', /(?:vald|ministeerium|inspektsioon)$/],
  ['jp', /^(?:city|pref|town|vill|metro)$/],
]);

/** University words in the registrable label, of any country: `univ-lyon1.fr`, `universidadean…`, `…university.com`. */
const universityLabel =
  /^(?:univ|universite|universidad|university)-|university|universi(?:dad|dade|te|teit|tet|ta|taet|tat)|hochschule|gymnasium/;

/** Prefixes of German, Austrian and Swiss universities: `uni-koeln.de`, `tu-dresden.de`, `fh-wien.ac.at`. */
const germanUniversity = /^(?:uni|tu|th|fh|hs|ph|htw|haw)-/;

/** Kinds of listed suffixes, one bit each. */
const educationalBit = 1;
const governmentalBit = 2;
const militaryBit = 4;
const charitableBit = 8;

const kindsOfSuffix = new Map<string, number>();
for (const [suffixes, bit] of [
  [educationalSuffixes, educationalBit],
  [governmentalSuffixes, governmentalBit],
  [militarySuffixes, militaryBit],
  [charitableSuffixes, charitableBit],
] as const)
  for (const suffix of suffixes) kindsOfSuffix.set(suffix, (kindsOfSuffix.get(suffix) ?? 0) | bit);

/** The end of a domain, in the form that the rules use. */
export type Suffix = {
  readonly domain: string;
  /** Kinds of the listed suffixes that it ends with, or is. */
  readonly kinds: number;
  /** Its last labels from the right; '' where there are no more. */
  readonly top: string;
  readonly second: string;
  readonly third: string;
  readonly fourth: string;
};

/** Splits an ASCII domain in lower case. */
export function suffixOf(domain: string): Suffix {
  const labels = ['', '', '', ''];
  let kinds = 0;
  for (let end = domain.length, at = 0; end !== -1; at += 1) {
    const dot = end === 0 ? -1 : domain.lastIndexOf('.', end - 1);
    if (at < labels.length) labels[at] = domain.slice(dot + 1, end);
    kinds |= kindsOfSuffix.get(dot === -1 ? domain : domain.slice(dot + 1)) ?? 0;
    end = dot;
  }
  const [top = '', second = '', third = '', fourth = ''] = labels;
  return { domain, kinds, top, second, third, fourth };
}

/** Schools, colleges, universities, and academies under reserved suffixes. */
export function isEducationalSuffix({ kinds, top, second, third }: Suffix): boolean {
  if ((kinds & educationalBit) !== 0) return true;
  if (top.length !== 2) return false;
  // k12.ca.us, cc.ca.us (community colleges), tec.ca.us, lib.ca.us belong to no person.
  if (top === 'us') return third === 'k12' || third === 'cc' || third === 'tec';
  if (!educational.has(second)) return false;
  if (second === 'ac') return acCountries.has(top);
  if (second === 'ed') return edCountries.has(top);
  return true;
}

/** Ministries of defence and services below a government's suffix: `mod.gov.uk`, `army.gov.au`, `mod.go.jp`. */
const armed = words('mod mil army navy airforce defence defense defensa defesa difesa mindef mde mnd milli');

/** Armed forces and ministries of defence. */
export function isMilitary({ kinds, top, second, third }: Suffix): boolean {
  if ((kinds & militaryBit) !== 0) return true;
  if (top.length !== 2 || third === '') return false;
  if (second === 'mod') return modCountries.has(top);
  return military.has(second) || ((governmental.has(second) || second === 'go') && armed.has(third));
}

/** Governments and administrations of any level, parliaments, courts and police. */
export function isGovernment({ domain, kinds, top, second, third, fourth }: Suffix, registrable: string): boolean {
  if ((kinds & governmentalBit) !== 0) return true;
  const name = registrable.slice(0, registrable.indexOf('.'));
  if (top.length !== 2) return (top === 'com' || top === 'org' || top === 'net') && townsUs.test(name);
  if (governmental.has(second)) return second === 'gv' ? gvCountries.has(top) : true;
  if (second === 'go') return goCountries.has(top);
  // Localities under .us: state.ny.us, ci.austin.tx.us, co.dane.wi.us, courts.state.mn.us.
  if (top === 'us')
    return domain
      .split('.')
      .some((label) => label === 'state' || label === 'ci' || label === 'co' || label === 'courts');
  // Provinces: gov.bc.ca, gouv.qc.ca, gov.on.ca.
  if (top === 'ca' && governmental.has(third)) return true;
  if (townsByCountry.get(top)?.test(name) === true) return true;
  // comune.roma.it, city.osaka.jp, ayto.x.es, um.krakow.pl: the word is one level further left.
  if (top === 'pl') return second !== 'edu' && /^(?:um|ug|powiat|starostwo|uw|urzad)$/.test(third);
  if (top === 'it') return /^(?:comune|provincia|regione|prefettura)$/.test(third);
  if (top === 'jp') return /^(?:city|pref|town|vill|metro)$/.test(third) || /^(?:city|pref|town|vill)$/.test(fourth);
  return false;
}

/** Universities and schools by their own name, where the suffix does not tell. */
export function isEducationalName(registrable: string): boolean {
  const name = registrable.slice(0, registrable.indexOf('.'));
  return universityLabel.test(name) || (/\.(?:de|at|ch)$/.test(registrable) && germanUniversity.test(name));
}

/** Providers of networks. */
export function isNetworkProvider({ top, second, third }: Suffix): boolean {
  return third !== '' && ((second === 'net' && netCountries.has(top)) || (second === 'ne' && neCountries.has(top)));
}

/** Associations, charities and international organisations. */
export function isCharitable({ kinds, top, second, third }: Suffix): boolean {
  if ((kinds & charitableBit) !== 0) return true;
  if (top.length !== 2 || third === '' || !charitable.has(second)) return false;
  return second === 'or' ? orCountries.has(top) : true;
}
