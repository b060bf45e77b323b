/**
 * Authorities under a country's own domain, where no suffix is reserved for them. From the registers of authorities that the governments
 * publish (Myndighetsregistret, the Estonian state portal, bund.de, overheid.nl and others).
 */
const domains = `
arbetsdomstolen.se arbetsgivarverket.se arn.se av.se barnombudsmannen.se bfn.se bolagsverket.se boverket.se bra.se
brottsoffermyndigheten.se csn.se datainspektionen.se imy.se digg.se do.se dom.se ehm.se ehalsomyndigheten.se ei.se
ekobrottsmyndigheten.se ekn.se elsakerhetsverket.se energimyndigheten.se epn.se esv.se etikprovningsmyndigheten.se fi.se
finanspolitiskaradet.se fmi.se fohm.se foi.se folkbildningsradet.se formas.se forte.se fortifikationsverket.se fortv.se fra.se
genteknik.se havochvatten.se hyresnamnden.se ifau.se inspsf.se ivo.se isof.se jamstall.nu jk.se jo.se jordbruksverket.se
kammarkollegiet.se kb.se kemi.se kkv.se kommerskollegium.se kommers.se konj.se konkurrensverket.se konstnarsnamnden.se
konsumentverket.se kriminalvarden.se kronofogden.se kulturradet.se kustbevakningen.se lakemedelsverket.se mpa.se lantmateriet.se
lm.se lansstyrelsen.se lfv.se livsmedelsverket.se slv.se mfd.se mprt.se mi.se mfof.se mfj.se msb.se mcf.se mtm.se mynak.se myh.se
mucf.se naturvardsverket.se nrm.se nationalmuseum.se pensionsmyndigheten.se plikt.se rekryteringsmyndigheten.se polar.se prv.se
pts.se raa.se riksarkivet.se ra.se rattsmedicinalverket.se rmv.se regeringskansliet.se riksbank.se riksbanken.se riksgalden.se
riksrevisionen.se revisorsinspektionen.se rymdstyrelsen.se snsb.se sakerhetspolisen.se sapo.se sametinget.se sbu.se scb.se sgi.se
sgu.se sida.se siun.se sjofartsverket.se skogsstyrelsen.se skolinspektionen.se skolverket.se skolforskningsinstitutet.se smhi.se
spelinspektionen.se spsm.se ssm.se stralsakerhetsmyndigheten.se statskontoret.se spv.se statenskonstrad.se musikverket.se shm.se smvk.se
sva.se svk.se swedac.se swedgeo.se tillvaxtverket.se tillvaxtanalys.se tlv.se tullverket.se tull.se transportstyrelsen.se trafa.se
uhr.se uka.se uhmynd.se upphandlingsmyndigheten.se val.se verksamt.se vinnova.se vr.se vti.se aklagare.se onh.se kulturanalys.se
aki.ee ametlikudteadaanded.ee eesti.ee envir.ee epa.ee fi.ee haigekassa.ee tervisekassa.ee innove.ee kapo.ee keskkonnaamet.ee
keskkonnaagentuur.ee keskkonnainfo.ee kesklinn.ee kik.ee kliimaministeerium.ee kul.ee kki.ee lasteombudsman.ee maaamet.ee maaruum.ee
mnt.ee muinas.ee muinsuskaitseamet.ee nlib.ee oiguskantsler.ee paasteamet.ee rescue.ee patendiamet.ee pma.ee pta.ee president.ee
pria.ee prokuratuur.ee ra.ee ravimiamet.ee ria.ee rk.ee riigikantselei.ee riigikohus.ee kohus.ee riigikontroll.ee riigiteataja.ee
riik.ee rkas.ee rkvad.ee rmit.ee rmk.ee rtk.ee smit.ee sotsiaalkindlustusamet.ee stat.ee konkurentsiamet.ee tai.ee
terviseamet.ee tja.ee ttja.ee tootukassa.ee transpordiamet.ee tta.ee valimised.ee valitsus.ee vanglateenistus.ee vet.ee
veeteedeamet.ee vta.ee ilmateenistus.ee arheoloogia.ee archimedes.ee harno.ee ellam.ee harku.ee viimsi.ee
bmas.de bmbf.de bmel.de bmfsfj.de bmg.de bmi.de bmj.de bmjv.de bmu.de bmub.de bmuv.de bmvi.de bmdv.de bmwi.de bmwk.de bmwsb.de bmz.de
auswaertiges-amt.diplo.de diplo.de bzga.de bfarm.de pei.de dwd.de ptb.de bam.de bgr.de bsh.de bfn.de bfr.de bfs.de bvl.de bva.de thw.de
dpma.de bpb.de giz.de dimdi.de gkv-spitzenverband.de deutsche-rentenversicherung.de drv-bund.de dguv.de bbr.de bbk.de
verfassungsschutz.de statistik-bw.de lfu.de lgl.bayern.de hzd.de dataport.de kba.de eba.de lba.de dfs.de wsv.de jki.de
fli.de thuenen.de mri.de bafa.de bafza.de bundesarchiv.de dnb.de stasi-unterlagen-archiv.de
kvk.nl cbs.nl cbr.nl rdw.nl svb.nl uwv.nl cak.nl coa.nl ind.nl igj.nl ilent.nl nvwa.nl rvo.nl acm.nl afm.nl dnb.nl autoriteitpersoonsgegevens.nl
om.nl rechtspraak.nl raadvanstate.nl rekenkamer.nl eerstekamer.nl knmi.nl kadaster.nl koop.overheid.nl logius.nl nationaalarchief.nl
ser.nl scp.nl pbl.nl cpb.nl zorginstituutnederland.nl vng.nl ipo.nl unievanwaterschappen.nl ictu.nl dji.nl nfi.nl justid.nl ggd.nl
emmen.nl drenthe.nl flevoland.nl fryslan.frl gelderland.nl groningen.nl limburg.nl brabant.nl noord-holland.nl zuid-holland.nl
overijssel.nl zeeland.nl provincie-utrecht.nl prvlimburg.nl fryslan.nl sudwestfryslan.nl s-hertogenbosch.nl
bankofengland.co.uk ofcom.org.uk metoffice.com ukri.org nationalarchives.gov.uk legislation.gov.uk bl.uk tfl.gov.uk london.gov.uk
royal.uk judiciary.uk supremecourt.uk parliament.scot assembly.wales senedd.wales niassembly.gov.uk psni.police.uk royalmint.com
nationalhighways.co.uk networkrail.co.uk historicengland.org.uk england.nhs.uk cqc.org.uk ico.org.uk fca.org.uk nice.org.uk
bankofcanada.ca cbc.ca canadapost.ca cra-arc.gc.ca gov.mb.ca gov.nl.ca gov.pe.ca gov.yk.ca gov.nt.ca gov.nu.ca leg.bc.ca ola.org
yukon.ca princeedwardisland.ca bclaws.ca hydroquebec.com peelregion.ca york.ca durham.ca halton.ca niagararegion.ca regionofwaterloo.ca
ssb.no udi.no imdi.no nve.no kystverket.no mattilsynet.no toll.no dsb.no nkom.no patentstyret.no brreg.no kartverket.no
arbeidstilsynet.no miljodirektoratet.no utdanningsdirektoratet.no udir.no fhi.no norad.no sfs.no riksrevisjonen.no sivilombudet.no
hoyesterett.no norges-bank.no bufdir.no lanekassen.no datatilsynet.no digdir.no difi.no dfo.no statsbygg.no helsenorge.no
borger.dk virk.dk ens.dk mst.dk sst.dk ssi.dk erst.dk sik.dk dma.dk dmi.dk trafikstyrelsen.dk datatilsynet.dk kfst.dk ufm.dk
stm.dk jm.dk oim.dk em.dk kefm.dk evm.dk bm.dk uvm.dk skm.dk kum.dk mfvm.dk nationalbanken.dk domstol.dk digst.dk geus.dk naturstyrelsen.dk
thl.fi evira.fi ruokavirasto.fi fimea.fi ely-keskus.fi te-palvelut.fi maanmittauslaitos.fi nls.fi stat.fi syke.fi ymparisto.fi
traficom.fi vayla.fi migri.fi tulli.fi raja.fi valvira.fi avi.fi minedu.fi mmm.fi tem.fi ymp.fi formin.fi um.fi intermin.fi lvm.fi
vnk.fi om.fi defmin.fi dvv.fi vrk.fi patentti.fi prh.fi kkv.fi suomenpankki.fi bof.fi oph.fi
bag.ch bfs.ch seco.ch swissmedic.ch finma.ch ezv.ch meteoschweiz.ch snb.ch stadt-bern.ch bern.ch geneve.ch
parlament.gv.at wien.gv.at ams.at oenb.at statistik.at bev.gv.at e-control.at rtr.at ages.at
ameli.fr pole-emploi.fr francetravail.fr insee.fr service-public.fr cnil.fr arcep.fr ars.sante.fr data.gouv.fr conseil-etat.fr
courdecassation.fr ccomptes.fr defenseurdesdroits.fr anses.fr ansm.sante.fr has-sante.fr meteo.fr ign.fr ademe.fr msa.fr
boe.es ine.es seg-social.es sepe.es dgt.es aemet.es poderjudicial.es tribunalconstitucional.es bde.es cnmc.es cnmv.es aepd.es
bancaditalia.it corteconti.it garanteprivacy.it agcom.it agcm.it anac.it aifa.gov.it carabinieri.it gdf.it vigilfuoco.it
bportugal.pt ine.pt dgs.pt portugal.gov.pt
president.pl prezydent.pl policja.gov.pl stat.gov.pl krus.pl nfz.gov.pl uokik.gov.pl
cnb.cz nku.cz sukl.cz cssz.cz mdcr.cz mze.cz mzp.cz mzv.cz mkcr.cz army.cz hzscr.cz celnisprava.cz
bis.doc.gov federalreserve.gov usembassy.gov
rba.gov.au csiro.au abc.net.au rbnz.govt.nz police.govt.nz
mfa.ee mod.ee mfa.is althingi.is island.is stjornarradid.is reykjavik.is skatturinn.is
vatican.va un.int
`;

/** Exact domains; sub-domains count too. */
export const agencies: ReadonlySet<string> = new Set(domains.trim().split(/\s+/));

/** Names of offices in the registrable label, by top-level domain. */
const officeNames = new Map<string, RegExp>([
  [
    'se',
    /(?:(?<!el|kraft|gas|energi|vatten)verket|myndigheten|styrelsen|inspektionen|namnden|departementet|ombudsmannen|domstolen|polisen|kommun|landsting)$|^region|^lansstyrelsen/,
  ],
  ['ee', /(?:amet|vald|linn|ministeerium|inspektsioon|valitsus|kantselei|kohus)$/],
  [
    'de',
    /^bundes(?:agentur|amt|anstalt|archiv|behoerde|finanz|gericht|gesundheit|institut|kanzler|kartell|kriminal|ministerium|nachrichten|netzagentur|patent|polizei|praesident|presse|rat$|rechnungshof|regierung|sozial|stelle|tag|verfassung|verwaltung|wahl|wehr|zentral)|^(?:vg|verbandsgemeinde|samtgemeinde|amt|lra|landratsamt|regierung|bezirk|finanzamt|ministerium|landesamt)-|landtag|ministerium|landesamt|landratsamt/,
  ],
  [
    'nl',
    /^(?:gemeente|provincie|waterschap|hoogheemraadschap|veiligheidsregio|omgevingsdienst|ggd|politie)|gemeente$|^wetterskip/,
  ],
  ['no', /(?:kommune|direktoratet|tilsynet|departementet|politiet|ombudet)$|^fylkesmannen|^statsforvalteren/],
  ['dk', /(?:kommune|styrelsen|ministeriet|politi|tilsynet)$|^region/],
  ['fi', /(?:virasto|ministerio|kaupunki|(?<!osuus)kunta|oikeus|poliisi)$/],
  ['ch', /^(?:stadt|gemeinde|kanton|canton|ville|commune)-|^(?:kapo|kantonspolizei|gemeinde)|gemeinde$/],
  ['at', /^(?:stadt|gemeinde|bezirk)-|^gemeinde|gemeinde$/],
  [
    'ca',
    /^(?:city|town|village|county|region|township|municipality|district|rm)of|^(?:ville|municipalite|mrc|cite)-?de|county$|township$|region$|police$/,
  ],
  ['uk', /police$/],
]);

/** Does the registrable label say that this is an office? */
export function isOfficeName(label: string, top: string): boolean {
  return officeNames.get(top)?.test(label) === true;
}
