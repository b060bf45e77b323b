/**
 * Domains on lists of free mail where no private person can have a mailbox: companies, publishers, shops, portals, senders of
 * newsletters, a university, a city, small firms. From a review of those lists. Read by `build.ts` only.
 */
const domains = `
clerk.com facebook.com alibaba.com starbucks.com bt.com cox.com telstra.com telstra.com.au vodafone.nl enel.net oath.com ancestry.com
discovery.com eurosport.com parrot.com space.com joelonsoftware.com doityourself.com medscape.com about.com adoption.com
name.com mydomain.com homestead.com dnsmadeeasy.com dyndns.org bizhosting.com webname.com dotcom.fr thewebpros.co.uk
singpost.com easypost.com casino.com cntv.cn 
tistory.com aver.com caere.it acninc.net check.com starplace.com dragoncon.net earthcam.net lopezclub.com
rakuten.com renren.com ragingbull.com realtyagent.com federalcontractors.com buyersusa.com
furnitureprovider.com autoescuelanerja.com arcotronics.bg ballyfinance.com baudoinconsulting.com icmsconsultants.com
brittonsign.com fwnb.com okbank.com beeebank.com ecbsolutions.net centralpets.com codec.ro seguros.com.br violinmakers.co.uk
browzensew.ca browzensew.com browzensew.icu browzensew.info browzensew.store browzensw.com browzensw.info browzensw.net browzensw.store
hccpcar.com hccpmall.com bmlsports.net planetarymotion.net mosaicfx.com flipcode.com xsecurity.org wormseo.cn pkdigitalmart.online
infomart.or.jp telerymd.com boshi-gdh.club preparmy.com fathersrightsne.org churchusa.com fishburne.org zionweb.org rootprompt.org
scottsboro.org abbeyroadlondon.co.uk soulfoodcookbook.com oicexchange.com thelanddownunder.com techscout.com hypophyseammc.com
examnotes.net adfarrow.com dfwatson.com calidifontain.be ednatx.com data54.com calehq.com pcsrock.com odynex.online supplementwiki.org
mailinblack.com mailup.net mailbolt.com mailtag.com emailengine.net emailengine.org emailjs.com
amazonses.com bounces.amazon.com docs.google.com plus.google.com googlegroups.com postmaster.twitter.com message.myspace.com
playstation.sony.com reply.ticketmaster.com emailer.hubspot.com cable.comcast.com
unican.es berlin.de
`;

/** Domains to remove from the lists of free mail. */
export const notFreeMail: ReadonlySet<string> = new Set(domains.trim().split(/\s+/));
