/** Countries by ISO 3166-1 alpha-3, as the declaration has them; the browser knows their names. */
const CODES =
  "VNM VN,CHN CN,KOR KR,JPN JP,TWN TW,RUS RU,USA US,MYS MY,THA TH,IND IN,AUS AU,KHM KH,GBR GB,FRA FR,DEU DE,SGP SG,PHL PH,IDN ID,LAO LA,CAN CA,NZL NZ,HKG HK,MMR MM,ITA IT,ESP ES,NLD NL,POL PL,KAZ KZ,SWE SE,DNK DK,NOR NO,FIN FI,CHE CH,AUT AT,BEL BE,CZE CZ,UKR UA,ISR IL,TUR TR,SAU SA,ARE AE,ZAF ZA,BRA BR,MEX MX,ARG AR,CHL CL,EGY EG,NGA NG,BGD BD,LKA LK,NPL NP,PAK PK,MNG MN,UZB UZ,IRL IE,PRT PT,GRC GR,HUN HU,ROU RO,BGR BG,SVK SK,SVN SI,HRV HR,SRB RS,LTU LT,LVA LV,EST EE,GEO GE,ARM AM,AZE AZ,KGZ KG,BRN BN,MAC MO,TLS TL,COL CO,PER PE,CUB CU,MAR MA,KEN KE,ETH ET,IRN IR,IRQ IQ,QAT QA,KWT KW,OMN OM,JOR JO,LBN LB,BLR BY,MDA MD,ISL IS,LUX LU,MLT MT,CYP CY";

export function countries(language: string): [string, string][] {
  const names = new Intl.DisplayNames([language], { type: "region" });
  const all = CODES.split(",").map((pair): [string, string] => {
    const [three = "", two = ""] = pair.split(" ");
    return [three, names.of(two) ?? three];
  });
  // Vietnam, then those who come most; the rest by name.
  return [...all.slice(0, 10), ...all.slice(10).sort((a, b) => a[1].localeCompare(b[1], language))];
}
