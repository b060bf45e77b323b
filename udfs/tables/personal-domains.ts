/**
 * Mail for private persons that takes precedence over every list: large free-mail brands, consumer relays (which lists of disposable
 * domains tend to include) and the consumer domains of internet providers. From the providers' sign-up pages.
 * The long tail is in `mail-domains.txt.gz`.
 */
import { providerDomains } from './provider-domains.ts';

const domains = `
gmail.com googlemail.com outlook.com hotmail.com live.com msn.com passport.com windowslive.com
yahoo.com ymail.com rocketmail.com myyahoo.com aol.com aim.com love.com games.com verizon.net netscape.net
icloud.com me.com mac.com privaterelay.appleid.com mozmail.com relay.firefox.com duck.com simplelogin.com aleeas.com
slmail.me anonaddy.com anonaddy.me addy.io
proton.me protonmail.com protonmail.ch pm.me tutanota.com tutanota.de tutamail.com tuta.io tuta.com keemail.me
fastmail.com fastmail.fm hey.com zohomail.com zohomail.eu zoho.com mailfence.com posteo.de posteo.net mailbox.org
startmail.com runbox.com hushmail.com disroot.org riseup.net gmx.com gmx.net gmx.de gmx.at gmx.ch gmx.fr gmx.co.uk
gmx.us mail.com email.com usa.com web.de t-online.de freenet.de arcor.de online.de vodafone.de vodafonemail.de 1und1.de
magenta.de kabelmail.de email.de unitybox.de ok.de mail.de
aon.at chello.at a1.net bluewin.ch hispeed.ch sunrise.ch swissonline.ch
orange.fr wanadoo.fr free.fr laposte.net sfr.fr neuf.fr bbox.fr numericable.fr club-internet.fr cegetel.net voila.fr
libero.it virgilio.it tiscali.it tin.it alice.it email.it inwind.it iol.it fastwebnet.it tim.it poste.it pec.it
terra.es telefonica.net movistar.es ono.com sapo.pt netcabo.pt clix.pt mail.pt
btinternet.com btopenworld.com talktalk.net virginmedia.com ntlworld.com sky.com blueyonder.co.uk tiscali.co.uk o2.co.uk
eircom.net ziggo.nl kpnmail.nl kpnplanet.nl planet.nl hetnet.nl xs4all.nl home.nl chello.nl casema.nl upcmail.nl
telenet.be skynet.be proximus.be scarlet.be voo.be pt.lu
wp.pl o2.pl onet.pl onet.eu op.pl interia.pl interia.eu poczta.fm poczta.onet.pl tlen.pl gazeta.pl vp.pl
seznam.cz email.cz centrum.cz atlas.cz volny.cz post.cz azet.sk zoznam.sk centrum.sk freemail.hu citromail.hu t-online.hu
abv.bg mail.bg dir.bg yahoo.ro net.hr inet.hr siol.net otenet.gr in.gr forthnet.gr
chat.ru geocities.com mail.ru bk.ru inbox.ru list.ru internet.ru yandex.ru yandex.com ya.ru rambler.ru ro.ru ukr.net i.ua bigmir.net meta.ua
tut.by inbox.lv mail.ee hot.ee
telia.com comhem.se bredband.net spray.se online.no broadpark.no getmail.no mail.dk jubii.dk tdcadsl.dk
luukku.com kolumbus.fi elisanet.fi saunalahti.fi suomi24.fi simnet.is
qq.com foxmail.com 163.com 126.com yeah.net 188.com vip.qq.com sina.com sina.cn sohu.com aliyun.com tom.com 21cn.com 139.com 189.cn
wo.cn 263.net naver.com hanmail.net daum.net kakao.com nate.com
docomo.ne.jp ezweb.ne.jp au.com softbank.ne.jp i.softbank.jp ybb.ne.jp nifty.com biglobe.ne.jp yahoo.co.jp excite.co.jp
goo.jp ocn.ne.jp so-net.ne.jp plala.or.jp
rediffmail.com sify.com indiatimes.com vsnl.net yahoo.co.in yahoo.in bsnl.in
walla.co.il walla.com netvision.net.il bezeqint.net 012.net.il mynet.com ttmail.com superonline.com maktoob.com
uol.com.br bol.com.br terra.com.br ig.com.br globo.com globomail.com oi.com.br r7.com zipmail.com.br
prodigy.net.mx infinitum.com.mx terra.com.mx arnet.com.ar fibertel.com.ar speedy.com.ar ciudad.com.ar vtr.net adinet.com.uy
comcast.net xfinity.com att.net sbcglobal.net bellsouth.net pacbell.net ameritech.net swbell.net cox.net charter.net
spectrum.net rr.com roadrunner.com earthlink.net mindspring.com juno.com netzero.net netzero.com optonline.net optimum.net
frontier.com frontiernet.net windstream.net centurylink.net q.com embarqmail.com suddenlink.net twc.com peoplepc.com
rogers.com sympatico.ca bell.net shaw.ca telus.net videotron.ca cogeco.ca sasktel.net
bigpond.com bigpond.net.au optusnet.com.au iinet.net.au internode.on.net tpg.com.au dodo.com.au
xtra.co.nz orcon.net.nz slingshot.co.nz mweb.co.za telkomsa.net vodamail.co.za webmail.co.za lycos.com excite.com
inbox.com lavabit.com safe-mail.net hotmail.co.jp pobox.com bigfoot.com mailo.com
`;

/** Exact domains; sub-domains count too (`eu.yahoo.com`). */
export const knownPersonal: ReadonlySet<string> = new Set([...domains.trim().split(/\s+/), ...providerDomains]);

/** Brands with a domain per country: `outlook.fr`, `yahoo.com.br`, `gmx.li`. */
export const personalBrand =
  /^(?:outlook|hotmail|live|windowslive|msn|yahoo|ymail|rocketmail|aol|gmx|yandex|tiscali)\.(?:[a-z]{2}|com?\.[a-z]{2})$/;
