/**
 * Letters, digits, combining marks and punctuation beyond ASCII: General_Category L, Nd, M and P of Unicode 14, without invisible
 * characters. A table of our own, because `\p{L}` grows with Node's Unicode version. Each run is its distance to the end of the previous
 * one and, after a plus, the number of characters that follow, both in base 36.
 */
const letterRuns = `
4q b 5 6+m 2+u 2+cp 5+b f+4 8 2 3m+4 2+1 3+3 2 7 2+2 2 2+j 2+2a 2+3u 9+4l 2+11 3 7+14 20+q 5+3 1a+16 m+9 5+1 2+2q 2 g+1 8+e 3 h
2+t u+2g c f+16 a+1 5 6+l 5 a 4 o+o 8+a 6+n 2+5 i+15 1n+1h 4 j 8+9 5+9 2+f 5+7 3+1 3+l 2+6 2 4+3 4 h e+1 2+2 5+b b 9+5 5+1 3+l
2+6 2+1 2+1 2+1 w+3 2 8+9 3+2 h+8 2+2 2+l 2+6 2+1 2+4 4 j g+1 5+9 a c+7 3+1 3+l 2+6 2+1 2+4 4 v+1 2+2 5+9 2 i 2+5 4+2 2+3 4+1 2
2+1 4+1 4+2 4+b n m+9 m+7 2+2 2+m 2+f 4 r+2 3 3+1 5+9 h 5+7 2+2 2+m 2+9 2+4 4 w+1 2+1 5+9 2+1 i+8 2+2 2+14 3 h 6+2 9+2 5+9 b+5
6+h 4+n 2+8 2 3+6 w+9 i+1b 2+1 d+6 a+9 14+1 2 2+4 2+n 2 2+9 2+1 a 3+4 2 a+9 3+3 x w+9 n+7 2+z s+4 38+16 l+a 7+5 5+3 4 4+1 8+2
5+c d 2+9 7+11 2 6 3+16 2+2q 3+6f 2+3 3+6 2 2+3 3+14 2+3 3+w 2+3 3+6 2 2+3 3+e 2+1k 2+3 3+1u 12+f h+2d 3+5 4+h7 3+g 2+p 6+22 7+7
8+h e+i f+h f+c 2+2 g+1f 10 5 4+9 13+9 7+2g 8+4 3+x 2 6+1x b+u 14+13 3+4 c+17 5+p 7+9 13+m a+1g 18+9 7+9 e 2m+1a i+7 4+9 16+t
e+1j r+z t+9 4+1c 3+8 8+16 3+2 16+3 2+5 2+1 4 6+5b 1t+7p 3+5 3+11 3+5 3+7 2 2 2 2+u 3+1g 2+6 2 4+2 2+6 4+3 3+5 5+c 6+2 2+6 39 e
h+c 2u 5 3+9 2 4+4 7 2 2 2+3 2+a 3+3 6+4 5 1h+1 22k+6c 7+3 4+1 d+11 2 6 3+1j 8 h+m a+6 2+6 2+6 2+6 2+6 2+6 2+6 2+6 29 d2+1 17+4
6+1 5+2d 7+2 2+2h 2+3 6+16 2+1e 2+15 i+v 1d+f e9+533 1t+h3g 1w+19 3+7g 4+r l+1a h+u 3+1x 1e+8 3+2u 3+1r 6+1 2 2+4 p+f 2+2 2+3
2+m u+1f f+1d t+9 p+5 4 2+1 2+11 b+m q+s 8+1a t+a 7+4 2+o 2+14 o+2 2+7 5+9 7+m 4 4+1d 2 4+1 3+4 3 2 p+2 3+a 8+2 d+5 3+5 3+5 a+6
2+6 2+16 2+d 7+36 e+9 7+8mb d+m 5+1c 6it+a5 3+2x 13+6 d+4 6 2+9 2+c 2+4 2 2+1 2+1 2+2z y+a2 j+1r 3+1h 15+b 39+4 2+3q k+9 8+p 7+p
c+1l 2+t 4+5 3+5 3+5 3+2 10+b 2+p 2+i 2+1 2+e 3+d z+3e au+s 4+1c 1c+v e+j 2+7 7+11 b+t 3+z 5+7 1d+4d 3+9 7+z 5+z 5+13 9+1f d+a
2+e 2+6 2+1 2+a 2+e 2+6 2+1 1w+8m a+l b+7 p+5 2+15 2+8 1y+5 3 2+17 2+1 4 3+m b+m a+u 1u+i 2+1 b+l b+p 1z+1j 7+1 1t g+3 2+2 2+s
17+s 4+s 10+7 2+r s+1h b+l b+i e+h 33+20 1k+1e e+1e e+z d+9 93+15 7+1 27+s b 9+l 17+h 1b+k s+m d+1g 1b+9 2+1 3 e+18 x+o 8+9 a+z
g+9 5 3 9+y 4 d+1b f+3 c+a 2 10+h 2+o 2d+6 2 2+3 2+e 2+9 8+1a i+9 c+7 3+1 3+l 2+6 2+1 2+4 4 j d+4 4f+1g j+3 6+9 6+2 v+1b l+1 2
9+9 4n+1a 16+3 11+1b l c+9 13+16 e 8+9 1j+q m+9 7+6 56+17 39+21 m+7 3 3+7 2+1 2+n g 2 f+9 1z+7 3+12 h 2 t b+13 8 m c+19 k j+20
7c+8 2+10 i g+9 p+t 35+6 2+1 2+11 m a+9 7+5 2+1 2+v f 8+9 8n+i 5a 28+pl 6f+5f 219+2o g+tq 34i+g6 6nu+fs 8+u 2+9 7+26 2+9 7+t
j+1b h+3 d+9 a+k 6+i j5+1r 3l+22 6 1v+c 1t+1 2 t+4qf 9+yd 17+8 6w8+3 2+6 2+1 2+82 1a+2 i+3 9+az 1s5+2y 6+c 4+8 8+9 4mf+2c 2+1y
2+1 3 3+1 3+3 2+b 2 2+6 2+1s 2+3 3+7 2+6 2+r 2+3 2+4 2 4+6 2+9f 3+o 2+o 2+u 2+o 2+u 2+o 2+u 2+o 2+u 2+o 2+7 3+1d 1dt+u de+18 b+6
3+9 5 8y+t j+17 5+9 yv+6 2+3 2+1 2+e 2+5g 1o+1v 8 5+9 x3+3 2+q 2+1 2 3 2+9 2+3 2 2 7 5 2 2 2+2 2+1 2 3 2 2 2 2 2+1 2 3+3 2+6 2+3
2+3 2 2+9 2+g 6+2 2+4 2+g 2lx+9 sn+wyn x+37c 8+65 3+4g1 f+5rk 2e8+f1 15v+3t6
`;

const markRuns = `
lc+26 2+v 7o+6 7c+18 2 2+1 2+1 2 21+a 1d+k h 2u+6 3+5 3+1 2+3 10 v+q 2k+a 1n+8 a p+3 2+8 2+2 2+4 18+2 1p+7 17+n 2+w 1j+2 2+h 2+6
b+1 u+2 1l 2+6 3+1 3+2 a b+1 r 3+2 1l 2+4 5+1 3+2 4 v+1 4 c+2 1l 2+7 2+2 2+2 l+1 n+5 2+2 1l 2+6 3+1 3+2 8+2 b+1 v 1o+4 4+2 2+3 a
15+4 1k 2+6 2+2 2+3 8+1 c+1 u+2 1l 2+6 2+2 2+3 8+1 c+1 t+3 1k+1 2+6 2+2 2+3 a b+1 u+2 1z 5+5 2 2+7 j+1 1q 3+6 d+7 2r 3+8 c+5
23+1 s 2 2 5+1 1e+j 2+1 6+a 2+z a 2t+j o+3 5+2 2+2 3+6 4+3 e+b 2 b+3 jk+2 qb+3 t+2 u+1 v+1 1v+t a 4o+1 z 3b+b 5+b 64+4 1m+9 2+s
3 1d+u 1e+4 1c+g 13+8 d+2 v+c 1l+d 1d+j 49+2 2+k 5 7 3+2 5j+1r k1+w 2db+2 3y 2p+v ff+5 2y+1 n9x+3 2+9 x+1 29+1 7l 4 5 o+4 5 2c+1
1f+h r+h e 13+7 q+c 19+3 1c+d 11 1w+d d 9+1 1a+2 1f 2+2 3+1 6+1 2 16+4 6+1 6l+7 2+1 fn5 le+f r2 6b 46+4 1af+2 2+1 6+3 15+2 5
4m+1 fy+3 as+1 4a+a 1e+3 3f+2 1i+e 16 3+1 b+3 1a+a 8 1q+2 11+d h+1 19 d+2 1d+d 9+3 2+1 2l+b 7 4h+b m+3 1k+1 2+6 3+1 3+2 a b+1
3+6 4+4 5d+h o 2a+j 6k+6 3+8 s+1 2b+g 2z+c 2u+e 75+e 6u+5 2+1 3+3 2 2+1 3y+6 3+6 4 t+9 15+6 2+3 9 a+a 1b+f ba+7 2+7 2b+l 2+d
3f+5 4 2+1 2+6 2 1v+4 2+1 2+4 9o+3 f0a+4 1o+6 t5 2+1i 8+3 2a c+1 f58+1 3mq+19 3+m f3+4 4+5 9+7 3+6 v+3 45+2 1j0+1i 5+1d 9 f n+4
2+e 11t+6 2+g 3+6 2+1 2+4 7a+6 ag 1q+3 15t+6 32+6
`;

const punctuationRuns = `
4h 6 4 b+1 4 4 jj 9 cz+5 16+1 1g 2 3 3 19+1 l+1 2+1 e 2+2 23+3 2v 18+d 6i+2 1j+e w 7a+1 b 3x 3d 3e av d a8 2j b+1 4p+e 2 12+3 20
23+4 5+1 34+5 4s h1+8 48 ha 19+1 27+2 20+1 4e+2 2+2 12+a 8q+1 61+1 3l+6 2+5 4t+6 t+1 3i+3 1o+4 1r+1 1t+7 c n1+n 9+j 2+c 2+b v+1
f+1 hm+3 u+1 u6+d 28+1 w+9 b8+l 1s+3 x+1 l8+3 2+1 35 40+1a 2+v 3+b bo+2 5+9 3+b h d 2r 2j mwz+1 7i+2 2s b 38+5 al+3 2f+1 15+2 2
1e+1 1c 2q+c h+1 3h+3 3j+1 h+1 6y g2b+1 5t+9 n+y 2+d 2 5 2+1 46+2 2+5 2+3 b+1 4+1 r+2 2 s 2 2+6 bf+2 il 1d bj ko 5k w 7l+8 13
35+6 1v+6 2i+3 lt 4o+4 19+3 5a+6 32+1 2+3 3j+3 1d+1 28+3 5 e 2+2 2h+5 30 bm+4 b+1 2 2x 6z+m 2y+2 t+c 25 3n+2 71 7d+2 4c 2l+7
2c+2 2+4 bj+4 17+1 hy+1 7b vl+4 29p+1 bjw+1 3q 1u+4 9 nn+3 94 f5p 5wo+4 2xf+1
`;

/** The runs as the inside of a character class. */
function classOf(runs: string): string {
  let end = 0;
  let inside = '';
  for (const run of runs.trim().split(/\s+/)) {
    const [gap = '', more = '0'] = run.split('+');
    const start = end + Number.parseInt(gap, 36);
    end = start + Number.parseInt(more, 36);
    inside += `\\u{${start.toString(16)}}-\\u{${end.toString(16)}}`;
  }
  return inside;
}

/** Letters and digits beyond ASCII, as the inside of a character class of a regular expression with the flag `u`. */
export const lettersBeyondAscii = classOf(letterRuns);

/** Letters of the most common scripts that are composed and visible, with those of ASCII, as the inside of any character class. */
export const commonLetters =
  'A-Za-z\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u024f\\u0386\\u0388-\\u038a\\u038c\\u038e-\\u03a1\\u03a3-\\u03ce\\u0400-\\u0481\\u048a-\\u052f\\u05d0-\\u05ea\\u0621-\\u063a\\u0641-\\u064a\\u1e00-\\u1eff\\u3041-\\u3096\\u30a1-\\u30fa\\u4e00-\\u9fff\\uac00-\\ud7a3';

/** Combining marks, in the same form. */
export const combiningMarks = classOf(markRuns);

/** Punctuation beyond ASCII, in the same form. */
export const punctuationBeyondAscii = classOf(punctuationRuns);
