/**
 * Charities and international bodies outside of `.org` and `.int`: federations with one name in every country, and well-known
 * ones under a country's domain. From the registers of charities and the federations' own lists of members.
 */

/** Names of federations, as the whole label under any ending (`greenpeace.de`, `wwf.org.uk`, `unicef.fr`). */
const federations = new Set(
  'greenpeace wwf unicef oxfam amnesty caritas caritasitaliana redcross croixrouge croix-rouge cruzroja cruzvermelha rotes-kreuz roteskreuz rodekruis rodekors rodakorset punainenristi drk savethechildren savethechild worldvision plan-international actionaid msf doctorswithoutborders aerzte-ohne-grenzen artsenzondergrenzen medicosdelmundo medecinsdumonde sos-kinderdorf soskinderdorf sos-childrensvillages salvationarmy heilsarmee girlguides hrw reporter-ohne-grenzen rsf friendsoftheearth birdlife wateraid sightsavers islamic-relief muslimaid christianaid tearfund cafod trocaire plan-uk helpage leonardcheshire barnardos nspcc rspca rspb rnli oxfam-international oxfamintermon manosunidas ayudaenaccion intermonoxfam secours-catholique secourspopulaire restosducoeur apf-francehandicap ligue-cancer arc-cancer fondation-abbe-pierre telethon airc lega-ambiente legambiente unhcr undp unesco wikimedia mozilla eff creativecommons fsf fsfe'.split(
    ' ',
  ),
);

/** Under their own domain. */
const domains = new Set(
  `
nabu.de bund.net brot-fuer-die-welt.de misereor.de welthungerhilfe.de johanniter.de malteser.de diakonie.de awo.de vdk.de dlrg.de
asb.de kindernothilfe.de tierschutzbund.de krebshilfe.de adra.de tafel.de bundesverband-kinderhospiz.de dgzrs.de seenotretter.de
fraunhofer.de mpg.de helmholtz.de leibniz-gemeinschaft.de volkshilfe.at hilfswerk.at lebenshilfe.at lebenshilfe.de
natuurmonumenten.nl kwf.nl hartstichting.nl cordaid.nl vluchtelingenwerk.nl dierenbescherming.nl oranjefonds.nl
svenskakyrkan.se raddabarnen.se stadsmissionen.se cancerfonden.se naturskyddsforeningen.se rb.se
kirkensnodhjelp.no nrc.no norskfolkehjelp.no folkehjelp.no kreftforeningen.no kirkenskorshaer.dk noedhjaelp.dk cancer.dk
kirkonulkomaanapu.fi pelastakaalapset.fi
redcross.ca redcross.org.au cancer.ca heartandstroke.ca unitedway.ca centraide.ca worldvision.ca davidsuzuki.ca
worldvision.com.au fredhollows.com.au salvos.com.au
cancerresearch.uk
cern.ch icrc.ch ipcc.ch wipo.int icc-cpi.int
ted.com change.org khanacademy.org
`
    .trim()
    .split(/\s+/),
);

/** Is the domain one of these, or below one? */
export function isCharity(domain: string, registrable: string): boolean {
  return (
    domains.has(domain) || domains.has(registrable) || federations.has(registrable.slice(0, registrable.indexOf('.')))
  );
}
