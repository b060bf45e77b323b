/**
 * Mail of internet providers and portals in Asia, the Middle East, Africa, Latin America and Oceania. From the providers' own pages. Those
 * of Europe and North America are in `personal-domains.ts`. Domains for a provider's own staff are left out (`etb.com.co` beside
 * `etb.net.co`).
 */
const domains = `
hinet.net seed.net.tw giga.net.tw so-net.net.tw url.com.tw pchome.com.tw yam.com kimo.com apol.com.tw ethome.net.tw anet.net.tw tfn.net.tw
sparqnet.net kbtelecom.net tcol.com.tw emome.net xuite.net seeder.net kbronet.com.tw totalbb.net.tw 
netvigator.com ctimail.com ctimail3.com i-cable.com hutchcity.com hkstar.com pacific.net.hk hknet.com hgcbroadband.com hkbn.net
hongkong.com macau.ctm.net ctm.net
263.net eyou.com tom.com wo.com.cn bta.net.cn sta.net.cn online.sh.cn cta.cq.cn sina.com.cn chinaren.com 163.net 21cn.net sogou.com
vnet.cn citiz.net
wakwak.com gol.com interq.or.jp rim.or.jp iij4u.or.jp tokai.or.jp janis.or.jp coara.or.jp across.or.jp asahi-net.or.jp commufa.jp bbiq.jp
kcn.jp cnc.jp mineo.jp uqmobile.jp auone-net.jp infoseek.jp nifty.jp livedoor.com mesh.ad.jp
kornet.net dreamwiz.com empas.com empal.com freechal.com chol.com hanafos.com lycos.co.kr nownuri.net unitel.co.kr netian.com korea.com
hitel.net chollian.net paran.com thrunet.com hananet.net hanmir.com kebi.com netsgo.com
vnn.vn fpt.vn fmail.vn saigonnet.vn netnam.vn netnam.org.vn spt.vn vietel.com.vn
loxinfo.co.th csloxinfo.com ksc.th.com ksc15.th.com truemail.co.th asianet.co.th thaimail.com inet.co.th cscoms.com totonline.net
3bbmail.com maxnet.co.th sanook.com chaiyo.com hunsa.com
tm.net.my streamyx.com jaring.my maxis.net.my time.net.my unifi.my celcom.net.my
singnet.com.sg pacific.net.sg starhub.net.sg cyberway.com.sg magix.com.sg swiftech.com.sg
telkom.net plasa.com linknet.id
pldtdsl.net skyinet.net i-manila.com.ph info.com.ph edsamail.com.ph mozcom.com smartbro.net globelines.com.ph skybroadband.com.ph
tri-isys.com pacific.net.ph yehey.com digitelone.com mydestiny.net vasia.com
vsnl.com vsnl.net vsnl.net.in sancharnet.in dataone.in mtnl.net.in bol.net.in airtelmail.in airtelbroadband.in airtelmail.com satyam.net.in
eth.net hathway.com in.com rediff.com touchtelindia.net tatanova.com asianetindia.com asianetonline.net youbroadband.in hclinfinet.com
mantraonline.com exatt.net nettlinx.com pol.net.in bsnl.net bsnl.net.in tikona.in 
cyber.net.pk brain.net.pk paknet.com.pk ptcl.net.pk ptcl.net wol.net.pk nexlinx.net.pk super.net.pk comsats.net.pk multi.net.pk
worldcall.net.pk wateen.net gerrys.net dsl.net.pk xcess.net.pk pol.com.pk one.net.pk fascom.com
bttb.net.bd btcl.net.bd bdonline.com citechco.net agni.com bol-online.com proshikanet.com dhaka.net aitlbd.net
bijoy.net bangla.net spnetctg.com gononet.com accesstel.net dbn-bd.net global-bd.net
sltnet.lk eureka.lk lankacom.net lanka.com.lk lanka.ccom.lk isplanka.lk wow.lk lankabell.net lanka.net itmin.com
wlink.com.np ntc.net.np mos.com.np vianet.com.np enet.com.np infoclub.com.np subisu.net.np htp.com.np ccsl.com.np via.net.np
mptmail.net.mm bagan.net.mm camnet.com.kh online.com.kh everyday.com.kh camintel.com bigpond.com.kh etllao.com laotel.com brunet.bn
magicnet.mn mongol.net mobinet.mn dhivehinet.net.mv druknet.bt druknet.net.bt
mail.kz nursat.kz nursat.net online.kz asdc.kz kaznet.kz inbox.kz ok.kz topmail.kz itte.kz dvn.kz megaline.kz elcat.kg mail.kg aknet.kg
freenet.kg ktnet.kg infotel.kg totel.kg namba.kg mail.uz bcc.com.uz sarkor.uz uzpak.uz albatros.uz naytov.com dostlink.net umail.uz
inbox.uz tps.uz tojikiston.com mail.tj tajnet.com babilon-t.com online.tm box.az azeurotel.com azdata.net bakinter.net mail.az
arminco.com netsys.am xter.net freenet.am mail.am cornet.am web.am posta.ge caucasus.net sanet.ge gol.ge geo.net.ge mail.ge boom.ge
zahav.net.il barak.net.il inter.net.il actcom.co.il actcom.net.il isdn.net.il internet-zahav.net smile.net.il 017.net.il nana.co.il
nana10.co.il trendline.co.il newmail.co.il 012.net 013net.net 013.net orange.net.il netvision.co.il
ttnet.net.tr tnn.net ixir.com e-kolay.net ekolay.net turk.net doruk.net.tr kablonet.com.tr kablonet.net.tr ada.net.tr isnet.net.tr
superposta.com
saudi.net.sa awalnet.net.sa nesma.net.sa ajeeb.com naseej.com naseej.com.sa zajil.net shabakah.net.sa shabakah.com.sa sahara.com.sa
gawab.com emirates.net.ae eim.ae qualitynet.net kems.net fasttelco.com qatar.net.qa batelco.com.bh omantel.net.om omantel.co.om y.net.ye
yemen.net.ye go.com.jo nets.com.jo index.com.jo batelco.jo wanadoo.jo accessme.com.jo firstnet.com.jo joinnet.com.jo nol.com.jo
cyberia.net.lb idm.net.lb inco.com.lb terra.net.lb dm.net.lb lynx.net.lb sodetel.net.lb wise.net.lb t-net.com.lb destination.com.lb
scs-net.org mail.sy tarassul.sy aya.sy aloola.sy uruklink.net nawand.net earthlinktele.com palnet.com hally.net p-ol.com jrol.com
alqudsnet.com hadara.ps rannet.com parsonline.net shatel.ir neda.net apadana.com chmail.ir mailfa.com vatanmail.ir mihanmail.ir
dpimail.net link.net tedata.net.eg tedata.net internetegypt.com soficom.com.eg starnet.com.eg menanet.net thewayout.net
gega.net noor.net masrawy.com
menara.ma iam.net.ma casanet.net.ma wanadoo.net.ma wanadoopro.ma mtds.com atlasnet.net.ma marocnet.net.ma caramail.com djaweb.dz wissal.dz
eepad.dz fawri.dz gecos.net assila.net icosnet.com.dz planet.tn gnet.tn gnet.com.tn topnet.tn hexabyte.tn tunet.tn globalnet.tn ati.tn
lttnet.net lttnet.com ltt.ly sudanmail.net sudanet.net
iafrica.com absamail.co.za freemail.absa.co.za worldonline.co.za icon.co.za global.co.za intekom.co.za netactive.co.za polka.co.za
lantic.net xsinet.co.za yebo.co.za axxess.co.za afrihost.co.za iburst.co.za cybersmart.co.za imaginet.co.za saol.com mighty.co.za
tiscali.co.za kingsley.co.za eject.co.za isat.co.za sai.co.za cyberserv.co.za pixie.co.za netpoint.co.za ananzi.co.za mtnloaded.co.za
mtnmail.co.za discoverymail.co.za vodamail.co.za telkomsa.net
iway.na mweb.com.na africaonline.com.na iafrica.com.na namibnet.com botsnet.bw info.bw mega.bw it.bw global.bw zol.co.zw mweb.co.zw
africaonline.co.zw ecoweb.co.zw telco.co.zw yoafrica.com utande.co.zw comone.co.zw mango.zw samara.co.zw iwayafrica.co.zw zamnet.zm
zamtel.zm coppernet.zm iconnect.zm microlink.zm uudial.zm malawi.net globemw.net africa-online.net eomw.net skyband.mw broadbandmw.com
tvcabo.co.mz tropical.co.mz teledata.mz tdm.co.mz virconn.com intra.co.mz isl.co.mz netangola.com ebonet.net nexus.ao multitel.co.ao
snet.co.ao netcabo.co.ao
africaonline.co.ke wananchi.com swiftkenya.com nbnet.co.ke kenyaweb.com form-net.com iconnect.co.ke todays.co.ke jambo.co.ke
mitsuminet.com insightkenya.com clubinternetk.com accesskenya.com uunet.co.ke net2000ke.com infocom.co.ug utlonline.co.ug
africaonline.co.ug afsat.com spacenet.co.ug bushnet.net imul.com starcom.co.ug cats-net.com raha.com raha.co.tz africaonline.co.tz
ttcl.co.tz intafrica.com twiga.com zanlink.com bol.co.tz simbanet.net kicheko.com habari.co.tz cybernet.co.tz rwanda1.com rwandatel.rw
rwandatel1.com cbinf.com usan-bu.net onatel.bi ethionet.et telecom.net.et intnet.dj eol.com.er tse.com.er gemel.com.er intnet.mu myt.mu
orange.mu seychelles.net intelvision.net wanadoo.mg simicro.mg dts.mg blueline.mg moov.mg malagasy.com netclub.mg
hyperia.com nova.net.ng skannet.com linkserve.com linkserve.com.ng cyberspace.net.ng micro.com.ng rosecom.net swiftng.com metrong.com
multilinks.com starcomms.com odua.com ghana.com africaonline.com.gh ncs.com.gh idngh.com 4u.com.gh ighmail.com myzipnet.com
africaexpress.com aviso.ci africaonline.co.ci globeaccess.net afnet.net orange.sn sentoo.sn arc.sn telecomplus.sn metissacana.sn
afribone.net.ml toolnet.org cefib.com sotelma.ml fasonet.bf cenatrin.bf liptinfor.bf intnet.ne cafe.tg ids.tg bibway.com intnet.bj
leland.bj firstnet.bj otitelecom.bj camnet.cm iccnet.cm globalnet.cm douala1.com gcnet.cm creolink.com iccnet2000.com inet.ga
internetgabon.com tiggabon.com ic.cd micronet.cd vodanet.cd raga.net gamtel.gm ganet.gm qanet.gm netpage.gm sierratel.sl mirinet.net.gn
mirinet.com sotelgui.net.gn biasy.net toptechnology.mr compunet.mr mauritel.mr cvtelecom.cv leo.co.ls ilesotho.com adelfang.co.ls
realnet.co.sz iafrica.sz africaonline.co.sz swazi.net
brturbo.com.br brturbo.com pop.com.br superig.com.br ibest.com.br click21.com.br veloxmail.com.br netsite.com.br onda.com.br
matrix.com.br nutecnet.com.br zaz.com.br mandic.com.br openlink.com.br sercomtel.com.br netuno.com.br itelefonica.com.br speedy.com.br
vivax.com.br ajato.com.br horizon.com.br virtua.com.br netpoint.com.br wln.com.br uai.com.br task.com.br digizap.com.br
veloturbo.com.br predialnet.com.br hotlink.com.br elogica.com.br alternex.com.br via-rs.net tutopia.com.br sti.com.br netbig.com.br
prodigy.net prodigy.net.mx avantel.net infosel.net.mx infosel.com axtel.net megared.net.mx cablevision.net.mx cybercable.net.mx todito.com
alestra.net.mx telmex.net.mx internet.com.mx spin.com.mx maxcom.net.mx izzi.mx cablemas.com webtelmex.net.mx latinmail.com
uolsinectis.com.ar sinectis.com.ar infovia.com.ar velocom.com.ar datamarkets.com.ar netizen.com.ar sion.com advance.com.ar
impsat1.com.ar satlink.com satlink.com.ar overnet.com.ar movi.com.ar fullzero.com.ar tutopia.com cablenet.com.ar cpenet.com.ar
coopenet.com.ar express.com.ar flash.com.ar interar.com.ar infonegocio.com cotelnet.com.ar telviso.com.ar telecentro.com.ar gigared.com
powervt.com.ar
entelchile.net ctcinternet.cl terra.cl manquehue.net tie.cl chilesat.net 123.cl tutopia.cl netline.cl rdc.cl surnet.cl telsur.cl 123mail.cl
123click.cl mi.cl etb.net.co epm.net.co une.net.co emcali.net.co telecom.com.co colomsat.net.co cable.net.co multi.net.co impsat.net.co
007mundo.com andinet.com cablecentro.net.co metrotel.net.co edatel.net.co telmex.net.co geo.net.co interred.net.co cetcol.net.co
telesat.com.co unete.com cantv.net movistar.net.ve telcel.net.ve etheron.net intercable.net.ve supercable.net.ve net-uno.net eldish.net
inter.net.ve movilnet.com.ve speedy.com.pe terra.com.pe infonegocio.net.pe rcp.net.pe ec-red.com millicom.com.pe tsi.com.pe qnet.com.pe
andinanet.net satnet.net interactive.net.ec punto.net.ec puntonet.ec ecuanet.com.ec ecua.net.ec etapanet.net etapaonline.net.ec porta.net
impsat.net.ec cablemodem.com.ec tvcable.net.ec ecutel.net easynet.net.ec hoy.net plus.net.ec
entelnet.bo cotas.com.bo cotas.net supernet.com.bo acelerate.com cotel.bo comteco.com.bo kolla.net bolivia.com axsbolivia.com
rieder.net.py pla.net.py telesurf.com.py conexion.com.py highway.com.py click.com.py uninet.com.py quanta.com.py
adinet.com.uy netgate.com.uy montevideo.com.uy internet.com.uy chasque.net dedicado.net.uy multi.com.uy st.com.uy vera.com.uy
distrinet.com.uy
intelnet.net.gt intelnett.com guate.net guate.net.gt c.net.gt terra.com.gt turbonett.com itelgua.com integra.com.sv navegante.com.sv
salnet.net telesal.net turbonett.com.sv amnetsal.com vianet.com.sv multivisionhn.net cablecolor.hn hondutel.hn hondudata.com globalnet.hn
netsys.hn sulanet.net hondudata.hn 123.hn intertel.hn amnethn.com sigmanet.hn ibw.com.ni cablenet.com.ni turbonett.com.ni tmx.com.ni
datatex.com.ni ideay.net.ni alianza.com.ni racsa.co.cr amnet.co.cr cabletica.com costarricense.cr cwpanama.net cableonda.net
sinfo.net cwp.net.pa pananet.com psi.net.pa orbi.net pty.com codetel.net.do verizon.net.do tricom.net tricom.net.do centennialrd.net
claro.net.do aacr.net nauta.cu nauta.com.cu enet.cu correodecuba.cu
coqui.net prtc.net caribe.net prw.net libertypr.net onelinkpr.net centennialpr.net tld.net worldnetpr.com cwjamaica.com infochan.com
kasnet.com colis.com n5.com.jm flowja.com jol.com.jm tstt.net.tt wow.net carib-link.net trinidad.net opus.co.tt flowtrinidad.net
interserv.co.tt caribsurf.com sunbeach.net caribnet.net inaccs.com.bb networksgy.com guyana.net.gy solutions2000.net gol.net.gy sr.net
cq-link.sr parbo.net haitiworld.com hainet.net acn2.net haitelonline.com batelnet.bs coralwave.com northrock.bm logic.bm ibl.bm candw.ky
weststartv.com setarnet.aw cura.net curinfo.an candw.ag candw.lc spiceisle.com cwdom.dm vincysurf.com sisterisles.kn btl.net
belizemail.net viaccess.net islands.vi horizon.co.fk cwimail.fk
ozemail.com.au netspace.net.au westnet.com.au adam.com.au aapt.net.au primus.com.au iprimus.com.au tpgi.com.au optushome.com.au
chariot.net.au exemail.com.au ihug.com.au aussiebb.com.au ncable.net.au people.net.au powerup.com.au pacific.net.au swiftdsl.com.au
acenet.com.au comcen.com.au froggy.com.au hotkey.net.au labyrinth.net.au smartchat.net.au spin.net.au vtown.com.au winshop.com.au
three.com.au netconnect.com.au activ8.net.au inet.net.au arach.net.au q-net.net.au southernphone.com.au ains.net.au senet.com.au
picknowl.com.au esc.net.au fastmail.com.au bigblue.net.au virginbroadband.com.au
paradise.net.nz clear.net.nz ihug.co.nz actrix.co.nz actrix.gen.nz vodafone.co.nz vodafone.net.nz inspire.net.nz snap.net.nz kol.co.nz
woosh.co.nz maxnet.co.nz callplus.net.nz quik.co.nz infogen.net.nz wave.co.nz es.co.nz netaccess.co.nz win.co.nz farmside.co.nz
igrin.co.nz xnet.co.nz value.net.nz
datec.net.pg daltron.com.pg online.net.pg global.net.pg datec.com.pg connect.com.fj kidanet.net.fj unwired.com.fj is.com.fj canl.nc
lagoon.nc mls.nc offratel.nc nautile.nc mail.pf lesamoa.net samoa.ws ipasifika.net samoatelco.com kalianet.to tonfon.to vanuatu.com.vu
solomon.com.sb guam.net ite.net teleguam.net guamcell.net vzpacifica.net pticom.com saipan.com oyster.net.ck telecom.fm palaunet.com
tskl.net.ki cenpac.net.nr blueskynet.as
`;

/** Exact domains; sub-domains count too (`ms12.hinet.net`). */
export const providerDomains: readonly string[] = domains.trim().split(/\s+/);
