/**
 * Suffixes that a registry or an authority reserves for schools, administrations, courts and armed forces, beyond the words with the same
 * meaning in every country (`suffix-rules.ts`). From the registries' policies, the ICANN part of the Public Suffix List and the
 * authorities' own pages. Sub-domains count too.
 */

/** The school districts of the French state, each with a domain of its own (education.gouv.fr, "Les académies"). */
const academies =
  'aix-marseille amiens besancon bordeaux caen clermont corse creteil dijon grenoble guadeloupe guyane lille limoges lyon martinique mayotte montpellier nancy-metz nantes nice normandie noumea orleans-tours paris poitiers polynesie reims rennes reunion rouen spm strasbourg toulouse versailles wf';

/** Schools, universities, research and their networks. */
export const reservedForSchools = `
${academies.replace(/\S+/g, 'ac-$&.fr')} ac-cned.fr ac-wallis.fr
g12.br e12.ve k12.ec res.in re.kr mst.kr sci.eg eun.eg sc.ke sc.tz sc.ug sch.zm edunet.tn ens.tn rnu.tn rns.tn rnrt.tn ponpes.id
academia.bo cri.nz una.py kids.us tec.ve acad.bg uni.pl
skole.hr arnes.si carnet.hr schule.at schulen.wien.at schule.wien.at schule-bw.de schulen-bayern.de education.lu school.lu
xtec.cat educa.madrid.org educa.jcyl.es educarex.es educastur.es educastur.org murciaeduca.es educarm.es edu.gva.es educacion.navarra.es
edu.xunta.gal edu.xunta.es educantabria.es larioja.edu.es eduvigo.es
istruzione.it pubblica.istruzione.it posta.istruzione.it smail.education
`;

/** Courts, prosecutors, parliaments, police, provinces, communes. */
export const reservedForAuthorities = `
jus.br mp.br leg.br tc.br def.br
gok.pk gop.pk gos.pk gog.pk gkp.pk gon.pk desa.id bel.tr pol.tr muni.il nis.za mincom.tn agrinet.tn fin.tn pub.sa fin.ec
plurinacional.bo fed.br pol.dz gokp.pk mn.us
pjud.cl minpublico.cl fiscaliadechile.cl carabineros.cl senado.cl camara.cl congreso.cl contraloria.cl sii.cl poderjudicial.cl
senado.ar hcdn.ar jusbaires.ar mpf.ar mpd.ar
sudrf.ru arbitr.ru genproc.ru mvd.ru fssp.ru sledcom.ru council.ru duma.ru
birosag.hu police.hu ugyeszseg.hu parlament.hu just.ro politiaromana.ro mpublic.ro cdep.ro senat.ro justice.bg prb.bg
pravosudje.hr mup.hr sabor.hr vlada.hr dorh.hr sodisce.si policija.si dz-rs.si sud.rs jt.rs parlament.rs pravosudje.ba
teismas.lt teismai.lt prokuraturos.lt policija.lt lrs.lt tiesas.lv vp.gov.lv lrp.lv
tribunais.org.pt mj.pt ministeriopublico.pt stj.pt csm.org.pt gnr.pt psp.pt sta.pt justicia.es fiscal.es tribunalconstitucional.es
cortecostituzionale.it giustizia-amministrativa.it csm.it cassazione.it giustiziatributaria.it
justice.fr notaires.fr cci.fr conseil-constitutionnel.fr arij.justice.fr
cjsm.net courts.ie dpp.ie supremecourt.ie scc-csc.ca sencanada.ca fja-cmf.gc.ca
bundesverfassungsgericht.de bundesgerichtshof.de bverwg.de bverfg.de generalbundesanwalt.de justiz.de gerichte.li landespolizei.li bger.ch
bvger.ch parl.ch etat.lu public.lu gouvernement.lu justice.lu police.lu hogeraad.nl raadvanstate.nl justel.fgov.be
supremecourt.gov judiciary.uk hellenicpolice.gr areiospagos.gr hellenicparliament.gr
judiciary.org.za parliament.gov.za scourt.go.kr assembly.go.kr sansad.in courts.gov.au parliament.go.th ecourts.in
court.gov.il knesset.gov.il judiciary.gov.ph
`;

/** Armed forces. */
export const reservedForArmedForces = `
mi.th defense.tn mapn.ro forter.ro roaf.ro navy.ro mod.bg morh.hr slovenskavojska.si mors.si vs.rs honved.hu mil.gr idf.il ejercito.cl
armada.cl fach.cl sedena.gob.mx semar.gob.mx armee.lu bundeswehr.org mdn.dz lafc.lb army.mil.lb
`;
