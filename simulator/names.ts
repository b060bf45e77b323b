/**
 * Names by language, written as `native` or `native/roman`. The roman form is used in e-mail addresses. Without one it is the
 * native form without accents.
 */

export type Name = { readonly native: string; readonly roman: string };
export type Names = { readonly first: readonly Name[]; readonly last: readonly Name[] };

const special: { readonly [letter: string]: string } = {
  ß: 'ss',
  ø: 'o',
  æ: 'ae',
  å: 'a',
  ł: 'l',
  đ: 'd',
  ı: 'i',
  ð: 'd',
  þ: 'th',
  œ: 'oe',
};

/** Lower-case ASCII letters of a name, as in an e-mail address. */
const romanise = (name: string): string =>
  name
    .toLowerCase()
    .normalize('NFD')
    .replace(/[ßøæåłđıðþœ]/g, (letter) => special[letter] ?? '')
    .replace(/[^a-z]/g, '');

const parse = (text: string): Name[] =>
  text.split(',').map((entry) => {
    const [native = '', roman] = entry.trim().split('/');
    return { native, roman: roman ?? romanise(native) };
  });

const names = (first: string, last: string): Names => ({ first: parse(first), last: parse(last) });

export const pools = {
  english: names(
    'James, Mary, Robert, Patricia, John, Jennifer, Michael, Linda, David, Elizabeth, William, Barbara, Oliver, Amelia, Jack, Grace, Ethan, Chloe, Noah, Ruby',
    'Smith, Johnson, Williams, Brown, Jones, Miller, Davis, Wilson, Anderson, Taylor, Moore, Jackson, Martin, Thompson, White, Harris, Clark, Lewis, O’Brien, MacDonald, Walker, Young',
  ),
  spanish: names(
    'María, José, Carmen, Antonio, Ana, Juan, Lucía, Carlos, Sofía, Miguel, Valentina, Alejandro, Camila, Diego, Íñigo, Ximena',
    'García, Martínez, López, González, Rodríguez, Fernández, Pérez, Sánchez, Ramírez, Torres, Flores, Muñoz, Núñez, Castillo, de la Cruz',
  ),
  portuguese: names(
    'João, Maria, Pedro, Ana, Lucas, Beatriz, Gabriel, Júlia, Rafael, Inês, Tiago, Letícia, Antônio, Conceição',
    'Silva, Santos, Oliveira, Souza, Pereira, Costa, Ferreira, Almeida, Gonçalves, Araújo, Ribeiro, Carvalho, Magalhães, dos Reis',
  ),
  french: names(
    'Jean, Marie, Pierre, Camille, Louis, Chloé, Hugo, Léa, François, Zoé, Théo, Anaïs, Jérôme, Hélène',
    'Martin, Bernard, Dubois, Thomas, Robert, Petit, Durand, Leroy, Moreau, Lefèvre, Fournier, Girard, Béranger, Le Goff',
  ),
  german: names(
    'Lukas, Anna, Leon, Lena, Felix, Marie, Jonas, Sophie, Jürgen, Käthe, Björn, Ursula, Günther, Heike, Maximilian, Franziska',
    'Müller, Schmidt, Schneider, Fischer, Weber, Meyer, Wagner, Becker, Schulz, Hoffmann, Schäfer, Koch, Groß, Krüger, von Hohenberg, Köhler',
  ),
  dutch: names(
    'Daan, Emma, Sem, Julia, Lucas, Lotte, Bram, Sanne, Pieter, Fleur, Joris, Anouk',
    'de Jong, Jansen, de Vries, van den Berg, Bakker, Visser, Smit, Meijer, Peeters, Janssens, Maes, Claes',
  ),
  nordic: names(
    'Erik, Astrid, Lars, Ingrid, Bjørn, Freja, Søren, Åsa, Magnus, Signe, Nils, Linnea',
    'Andersson, Johansson, Hansen, Johansen, Nielsen, Jensen, Lindström, Bergström, Østergaard, Haugen, Nygård, Dahl',
  ),
  finnish: names(
    'Juhani, Aino, Mikko, Kaisa, Väinö, Päivi, Antti, Hilla',
    'Korhonen, Virtanen, Mäkinen, Nieminen, Hämäläinen, Laine, Järvinen, Koskinen',
  ),
  italian: names(
    'Giuseppe, Maria, Marco, Giulia, Luca, Chiara, Matteo, Francesca, Niccolò, Martina, Andrea, Elisa',
    'Rossi, Russo, Ferrari, Esposito, Bianchi, Romano, Colombo, Ricci, D’Angelo, Conti, Di Stefano, Gallo',
  ),
  polish: names(
    'Jakub, Zofia, Szymon, Zuzanna, Łukasz, Małgorzata, Paweł, Agnieszka, Michał, Katarzyna',
    'Nowak, Kowalski, Wiśniewski, Wójcik, Kamiński, Lewandowski, Zieliński, Szymański, Dąbrowski, Kozłowski',
  ),
  czech: names(
    'Jiří, Jana, Petr, Eliška, Tomáš, Tereza, Ondřej, Kateřina',
    'Novák, Svoboda, Novotný, Dvořák, Černý, Procházka, Kučera, Veselý',
  ),
  hungarian: names(
    'Bence, Anna, Máté, Zsófia, László, Erzsébet, Ádám, Boglárka',
    'Nagy, Kovács, Tóth, Szabó, Horváth, Varga, Kiss, Németh',
  ),
  romanian: names(
    'Andrei, Maria, Ștefan, Ioana, Mihai, Elena, Cătălin, Ruxandra',
    'Popescu, Ionescu, Popa, Radu, Dumitru, Stoica, Șerban, Munteanu',
  ),
  bulgarian: names(
    'Георги/georgi, Мария/maria, Иван/ivan, Елена/elena, Димитър/dimitar, Цветелина/tsvetelina',
    'Иванов/ivanov, Георгиева/georgieva, Димитров/dimitrov, Петрова/petrova, Николов/nikolov, Стоянова/stoyanova',
  ),
  greek: names(
    'Γιώργος/giorgos, Μαρία/maria, Δημήτρης/dimitris, Ελένη/eleni, Νίκος/nikos, Κατερίνα/katerina',
    'Παπαδόπουλος/papadopoulos, Γεωργίου/georgiou, Νικολάου/nikolaou, Οικονόμου/oikonomou, Παππάς/pappas',
  ),
  turkish: names(
    'Mehmet, Ayşe, Mustafa, Fatma, Çağlar, Gülşen, Emre, Zeynep, İbrahim, Özge',
    'Yılmaz, Kaya, Demir, Şahin, Çelik, Yıldız, Öztürk, Aydın, Doğan, Arslan',
  ),
  ukrainian: names(
    'Олександр/oleksandr, Олена/olena, Юрій/yurii, Оксана/oksana, Андрій/andrii, Ірина/iryna, Тарас/taras, Соломія/solomiia',
    'Шевченко/shevchenko, Коваленко/kovalenko, Бондаренко/bondarenko, Ткаченко/tkachenko, Мельник/melnyk, Кравчук/kravchuk',
  ),
  hebrew: names(
    'נועם/noam, תמר/tamar, דוד/david, מיכל/michal, יוסף/yosef, שירה/shira',
    'כהן/cohen, לוי/levi, מזרחי/mizrahi, פרץ/peretz, ביטון/biton, אברהם/avraham',
  ),
  arabic: names(
    'محمد/mohammed, فاطمة/fatima, أحمد/ahmed, نورة/noura, خالد/khaled, ليلى/layla, يوسف/youssef, مريم/mariam',
    'العتيبي/alotaibi, حسن/hassan, الحربي/alharbi, إبراهيم/ibrahim, السيد/elsayed, القحطاني/alqahtani, عبد الله/abdullah',
  ),
  maghrebi: names(
    'Mohamed, Fatima-Zahra, Youssef, Khadija, Omar, Salma, Hamza, Imane',
    'El Amrani, Benali, Alaoui, Tazi, Bennani, El Idrissi, Chraibi, Ouazzani',
  ),
  southAfrican: names(
    'Thabo, Lerato, Pieter, Annelie, Sipho, Nomsa, Johan, Zanele',
    'Nkosi, Dlamini, Botha, van der Merwe, Naidoo, Mokoena, Khumalo, Pillay',
  ),
  nigerian: names(
    'Chinedu, Ngozi, Oluwaseun, Aisha, Emeka, Folake, Ibrahim, Adaeze',
    'Okafor, Adeyemi, Balogun, Okonkwo, Bello, Eze, Abubakar, Ogunleye',
  ),
  kenyan: names(
    'Wanjiru, Kamau, Achieng, Otieno, Njeri, Kipchoge, Amina, Mwangi',
    'Njoroge, Odhiambo, Kariuki, Wambui, Cheruiyot, Mutua, Omondi, Hassan',
  ),
  hindi: names(
    'Aarav, Priya, राजेश/rajesh, सुनीता/sunita, Vikram, Ananya, Arjun, दीपिका/deepika, Rohan, Kavya, Sanjay, Meera',
    'Sharma, Patel, सिंह/singh, Gupta, Kumar, Reddy, Iyer, वर्मा/verma, Nair, Chatterjee, Joshi, Desai',
  ),
  urdu: names(
    'Muhammad, Ayesha, Ali, Fatima, Hassan, Zainab, Bilal, Sana',
    'Khan, Ahmed, Malik, Hussain, Qureshi, Butt, Chaudhry, Siddiqui',
  ),
  bengali: names(
    'Rahim, Nasrin, Kamal, Farzana, Tanvir, Sharmin, Imran, Rumana',
    'Hossain, Rahman, Islam, Akter, Chowdhury, Begum, Sarkar, Uddin',
  ),
  chinese: names(
    '伟/wei, 芳/fang, 娜/na, 秀英/xiuying, 敏/min, 静/jing, 强/qiang, 磊/lei, 洋/yang, 子涵/zihan, 浩然/haoran, 欣怡/xinyi',
    '王/wang, 李/li, 张/zhang, 刘/liu, 陈/chen, 杨/yang, 赵/zhao, 黄/huang, 周/zhou, 吴/wu, 欧阳/ouyang',
  ),
  japanese: names(
    '太郎/taro, 花子/hanako, 翔太/shota, 美咲/misaki, 健一/kenichi, 陽子/yoko, さくら/sakura, 大輔/daisuke, ケンジ/kenji, 由美子/yumiko',
    '佐藤/sato, 鈴木/suzuki, 高橋/takahashi, 田中/tanaka, 伊藤/ito, 渡辺/watanabe, 山本/yamamoto, 中村/nakamura, 小林/kobayashi, 加藤/kato',
  ),
  korean: names(
    '민준/minjun, 서연/seoyeon, 도윤/doyun, 지우/jiwoo, 하준/hajun, 수빈/subin, 영희/younghee, 철수/cheolsu',
    '김/kim, 이/lee, 박/park, 최/choi, 정/jung, 강/kang, 조/cho, 윤/yoon',
  ),
  taiwanese: names(
    '志明/chihming, 淑芬/shufen, 家豪/chiahao, 雅婷/yating, 冠宇/kuanyu, 怡君/yichun',
    '陳/chen, 林/lin, 黃/huang, 張/chang, 李/lee, 王/wang, 吳/wu, 蔡/tsai',
  ),
  thai: names(
    'สมชาย/somchai, สมหญิง/somying, ณัฐพล/nattapon, กนกวรรณ/kanokwan, ธนากร/thanakorn, ปิยะ/piya',
    'แสงทอง/saengthong, ศรีสุข/srisuk, ใจดี/jaidee, บุญมา/boonma, วงศ์สวัสดิ์/wongsawat',
  ),
  vietnamese: names(
    'Anh, Hương, Minh, Linh, Tuấn, Thảo, Đức, Ngọc, Quỳnh, Hải',
    'Nguyễn, Trần, Lê, Phạm, Hoàng, Huỳnh, Võ, Đặng, Bùi, Đỗ',
  ),
  indonesian: names(
    'Budi, Siti, Agus, Dewi, Rizky, Putri, Eko, Wulan, Suharto, Ayu',
    'Santoso, Wijaya, Pratama, Hidayat, Lestari, Saputra, Siregar, Nasution',
  ),
  malay: names(
    'Ahmad, Nurul, Muhammad, Siti, Wei Ming, Priya, Farid, Aisyah',
    'bin Abdullah, binti Ismail, Tan, Lim, Rajan, Wong, bin Hassan, Lee',
  ),
  filipino: names(
    'Jose, Maria, Juan, Angel, Mark, Jasmine, Paolo, Luz',
    'Santos, Reyes, Cruz, Bautista, Ocampo, Garcia, Mendoza, Dela Cruz',
  ),
  singaporean: names(
    'Wei Ling, Jun Jie, Siti, Arjun, Hui Min, Kai, Mei Xin, Farah',
    'Tan, Lim, Lee, Ng, Wong, Goh, Nair, Abdullah',
  ),
} satisfies { readonly [pool: string]: Names };

/** Name of a pool. */
export type NamePool = keyof typeof pools;
