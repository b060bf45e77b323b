/** Country-code domains, and whether they are evidence of where their users live. */

/** Domains sold to anybody for their letters: weak evidence. */
const forSale = new Set(
  'ad ag ai am as bz cc cd cf co cx dj fm ga gd gg gl gq gs gy hm hn ht im io je ki la lc li ly md me ml mn ms mu nf nu pn pw sc sh so sr st sx tc tf tk tl tm to tv vc vg vu ws'.split(
    ' ',
  ),
);

/** Labels of ISO 3166-1 in lower case. Other labels of two letters, such as `eu`, `su` and `zz`, belong to no country. */
const isoLabels =
  'ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bl bm bn bo bq br bs bt bv bw by bz ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg eh er es et fi fj fk fm fo fr ga gb gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mf mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh si sj sk sl sm sn so sr ss st sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug um us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw'.split(
    ' ',
  );

/**
 * Internationalised domains in their ASCII form, by country (IANA root zone database). The two of the European Union, `xn--e1a4c` and
 * `xn--qxa6a`, belong to no country.
 */
const lines = `
AE xn--mgbaam7a8h
AM xn--y9a3aq
BD xn--54b7fta0cc
BG xn--90ae
BH xn--mgbcpq6gpa1a
BY xn--90ais
CN xn--fiqs8s xn--fiqz9s
DZ xn--lgbbat1ad8j
EG xn--wgbh1c
GE xn--node
GR xn--qxam
HK xn--j6w193g
IL xn--4dbrk0ce
IN xn--h2brj9c xn--mgbbh1a71e xn--fpcrj9c3d xn--gecrj9c xn--s9brj9c xn--xkc2dl3a5ee0h xn--45brj9c xn--2scrj9c xn--rvc1e0am3e xn--45br5cyl xn--3hcrj9c xn--mgbbh1a xn--h2breg3eve xn--h2brj9c8c xn--mgbgu82a
IQ xn--mgbtx2b
IR xn--mgba3a4f16a xn--mgba3a4fra
JO xn--mgbayh7gpa
KR xn--3e0b707e
KZ xn--80ao21a
LA xn--q7ce6a
LK xn--fzc2c9e2c xn--xkc2al3hye2a
MA xn--mgbc0a9azcg
MK xn--d1alf
MN xn--l1acc
MO xn--mix891f xn--mix082f
MR xn--mgbah1a3hjkrd
MY xn--mgbx4cd0ab
OM xn--mgb9awbf
PK xn--mgbai9azgqp6j xn--mgbai9a5eva00b
PS xn--ygbi2ammx
QA xn--wgbl6a
RS xn--90a3ac
RU xn--p1ai
SA xn--mgberp4a5d4ar xn--mgberp4a5d4a87g xn--mgbqly7c0a67fbc xn--mgbqly7cvafr
SD xn--mgbpl2fh
SG xn--yfro4i67o xn--clchc0ea0b2g2a9gcd
SY xn--ogbpf8fl xn--mgbtf8fl
TH xn--o3cw4h
TN xn--pgbs0dh
TW xn--kprw13d xn--kpry57d xn--nnx388a
UA xn--j1amh
YE xn--mgb2ddes
`;

const internationalised: ReadonlyMap<string, string> = new Map(
  lines
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [country = '', ...labels] = line.split(' ');
      return labels.map((label) => [label, country] as const);
    }),
);

/** A country, and whether it is mostly its own people who use the domain. */
export type DomainCountry = { readonly country: string; readonly firm: boolean };

/** All labels of two letters, built once so that a lookup allocates nothing. */
const ofTwoLetters: ReadonlyMap<string, DomainCountry> = new Map([
  ...isoLabels.map((label) => [label, { country: label.toUpperCase(), firm: !forSale.has(label) }] as const),
  ['uk', { country: 'GB', firm: true }],
]);

/** The country of the last label of a domain, in ASCII and lower case; null where it belongs to none. */
export function countryOfLabel(label: string): DomainCountry | null {
  if (label.length !== 2) {
    const country = internationalised.get(label);
    return country === undefined ? null : { country, firm: true };
  }
  return ofTwoLetters.get(label) ?? null;
}
