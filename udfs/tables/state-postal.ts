/**
 * Postal codes of states and provinces, by their ISO 3166-2 letters: "NY 10001" is New York, and "MI 20121" is Milan, not Michigan. Only
 * countries whose people write such letters. From the postal administrations' tables of areas.
 *
 * A line is a country, then each code with the ranges of its leading digits.
 */
const lines = `
US AL=350-369 AK=995-999 AZ=850-865 AR=716-729 CA=900-961 CO=800-816 CT=060-069 DE=197-199 DC=200-205 FL=320-349 GA=300-319,398-399 HI=967-968 ID=832-838 IL=600-629 IN=460-479 IA=500-528 KS=660-679 KY=400-427 LA=700-714 ME=039-049 MD=206-219 MA=010-027,055-055 MI=480-499 MN=550-567 MS=386-397 MO=630-658 MT=590-599 NE=680-693 NV=889-898 NH=030-038 NJ=070-089 NM=870-884 NY=005-005,063-063,100-149 NC=270-289 ND=580-588 OH=430-459 OK=730-749 OR=970-979 PA=150-196 RI=028-029 SC=290-299 SD=570-577 TN=370-385 TX=733-733,750-799,885-885 UT=840-847 VT=050-059 VA=201-201,220-246 WA=980-994 WV=247-268 WI=530-549 WY=820-831,834-834
AU NSW=1-2 ACT=02-02,2600-2620,2900-2920 VIC=3-3,8-8 QLD=4-4,9-9 SA=5-5 WA=6-6 TAS=7-7 NT=08-09
IT AG=92-92 AL=15-15 AN=60-60 AO=11-11 AP=63-63 AQ=67-67 AR=52-52 AT=14-14 AV=83-83 BA=70-70 BG=24-24 BI=13-13 BL=32-32 BN=82-82 BO=40-40 BR=72-72 BS=25-25 BT=70-70,71-71,76-76 BZ=39-39 CA=09-09 CB=86-86 CE=81-81 CH=66-66 CL=93-93 CN=12-12 CO=22-22 CR=26-26 CS=87-87 CT=95-95 CZ=88-88 EN=94-94 FC=47-47 FE=44-44 FG=71-71 FI=50-50 FM=63-63 FR=03-03 GE=16-16 GO=34-34 GR=58-58 IM=18-18 IS=86-86 KR=88-88 LC=22-24 LE=73-73 LI=57-57 LO=20-20,26-26 LT=04-04 LU=55-55 MB=20-20 MC=62-62 ME=98-98 MI=20-20 MN=46-46 MO=41-41 MS=54-54 MT=75-75 NA=80-80 NO=28-28 NU=08-08 OR=08-09 PA=90-90 PC=29-29 PD=35-35 PE=65-65 PG=06-06 PI=56-56 PN=33-33 PO=50-50,59-59 PR=43-43 PT=51-51 PU=61-61 PV=27-27 PZ=85-85 RA=48-48 RC=89-89 RE=42-42 RG=97-97 RI=02-02 RM=00-00 RN=47-47 RO=45-45 SA=84-84 SI=53-53 SO=23-23 SP=19-19 SR=96-96 SS=07-07 SU=08-09 SV=17-17 TA=74-74 TE=64-64 TN=38-38 TO=10-10 TP=91-91 TR=05-05 TS=34-34 TV=31-31 UD=33-33 VA=21-21 VB=28-28 VC=13-13 VE=30-30 VI=36-36 VR=37-37 VT=01-01 VV=89-89
ES A=03-03 AB=02-02 AL=04-04 AV=05-05 B=08-08 BA=06-06 BI=48-48 BU=09-09 C=15-15 CA=11-11 CC=10-10 CE=51-51 CO=14-14 CR=13-13 CS=12-12 CU=16-16 GC=35-35 GI=17-17 GR=18-18 GU=19-19 H=21-21 HU=22-22 J=23-23 L=25-25 LE=24-24 LO=26-26 LU=27-27 M=28-28 MA=29-29 ML=52-52 MU=30-30 NA=31-31 O=33-33 OR=32-32 P=34-34 PM=07-07 PO=36-36 S=39-39 SA=37-37 SE=41-41 SG=40-40 SO=42-42 SS=20-20 T=43-43 TE=44-44 TF=38-38 TO=45-45 V=46-46 VA=47-47 VI=01-01 Z=50-50 ZA=49-49
MX AGU=20-20 BCN=21-22 BCS=23-23 CAM=24-24 COA=25-27 COL=28-28 CHP=29-30 CHH=31-33 CMX=01-16 DIF=01-16 DUR=34-35 GUA=36-38 GRO=39-41 HID=42-43 JAL=44-49 MEX=50-57 MIC=58-61 MOR=62-62 NAY=63-63 NLE=64-67 OAX=68-71 PUE=72-75 QUE=76-76 ROO=77-77 SLP=78-79 SIN=80-82 SON=83-85 TAB=86-86 TAM=87-89 TLA=90-90 VER=91-96 YUC=97-97 ZAC=98-99
DE BB=03-04,14-17,19-19 BE=10-14 BW=63-63,68-79,88-89,97-97 BY=63-63,80-87,89-97 HB=27-28 HE=34-37,55-55,60-65,68-69 HH=20-22,27-27 MV=17-19,23-23 NI=19-19,21-21,26-31,34-34,37-38,48-49 NW=32-34,37-37,40-53,57-59 RP=51-51,53-57,65-67,76-76 SH=21-25 SL=66-66 SN=01-04,07-09 ST=06-06,29-29,38-39 TH=04-04,06-07,36-37,96-99
IN AP=51-53 TG=50-50 TS=50-50 DL=11-11 HR=12-13 PB=14-16 HP=17-17 JK=18-19 UP=20-28 UK=24-26 UT=24-26 RJ=30-34 GJ=36-39 MH=40-44 GA=40-40 MP=45-48 CT=49-49 CG=49-49 KA=56-59 TN=60-64 KL=67-69 WB=70-74 OR=75-77 OD=75-77 AS=78-78 BR=80-85 JH=81-83
`;

type Ranges = readonly (readonly [from: string, to: string])[];

/** By country, then by code. */
const areas: ReadonlyMap<string, ReadonlyMap<string, Ranges>> = new Map(
  lines
    .trim()
    .split('\n')
    .map((line) => {
      const [country = '', ...states] = line.split(' ');
      const codes = states.map((state) => {
        const [code = '', ranges = ''] = state.split('=');
        const pairs = ranges.split(',').map((range): [string, string] => {
          const [from = '', to = ''] = range.split('-');
          return [from, to];
        });
        return [code, pairs] as const;
      });
      return [country, new Map(codes)] as const;
    }),
);

/** Number of digits of a postal code; five in the other countries. */
const codeLengths = new Map([
  ['AU', 4],
  ['IN', 6],
]);

/** Spreadsheets drop leading zeros, at most two of them. */
const mostLostZeros = 2;
const digitsOnly = /^\d+$/;

/** Does the state have such a postal code? Null where its ranges are not listed. */
export function hasPostalCode(country: string, state: string, postal: string): boolean | null {
  const ranges = areas.get(country)?.get(state);
  if (ranges === undefined) return null;
  const length = codeLengths.get(country) ?? 5;
  const code =
    postal.length < length && postal.length >= length - mostLostZeros && digitsOnly.test(postal)
      ? postal.padStart(length, '0')
      : postal;
  return ranges.some(([from, to]) => {
    const lead = code.slice(0, from.length);
    return lead >= from && lead <= to;
  });
}
