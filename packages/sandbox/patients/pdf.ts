const LINE_HEIGHT = 16;
const TOP = 780;
const LINES_MAX = 45;

/** Text of a PDF string: only ASCII, its three special signs escaped (ISO 32000-1, 7.3.4.2). */
function pdfString(line: string): string {
  const ascii = line.replaceAll(/[^\x20-\x7e]/g, '?');
  return `(${ascii.replaceAll(/[\\()]/g, '\\$&')})`;
}

function pageContent(lines: readonly string[]): string {
  const shown = lines.slice(0, LINES_MAX).map((line) => `${pdfString(line)} Tj T*`);
  return ['BT', '/F1 11 Tf', `${LINE_HEIGHT} TL`, `60 ${TOP} Td`, ...shown, 'ET'].join('\n');
}

/** A document of one page with the lines given: PDF 1.4, no compression, no dates of its own. */
export function makePdf(lines: readonly string[]): Uint8Array {
  const content = pageContent(lines);
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R ' +
      '/Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ];
  let text = '%PDF-1.4\n';
  const offsets = objects.map((object, i) => {
    const offset = text.length;
    text += `${i + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`);
  const start = text.length;
  text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table.join('')}`;
  text += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`;
  return new TextEncoder().encode(text);
}
