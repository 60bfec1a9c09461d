/**
 * Rows in aligned columns under their headings, two blanks apart.
 * @param dressed colours a cell, which is as wide as its column already
 */
export function table<Column extends string>(
  columns: readonly Column[],
  rows: readonly Readonly<Record<Column, string>>[],
  dressed: (cell: string, column: Column) => string = (cell) => cell,
): string {
  const placed = columns.map((column) => {
    const width = rows.reduce((widest, row) => Math.max(widest, row[column].length), column.length);
    return { column, width };
  });
  const headings = placed.map(({ column, width }) => column.toUpperCase().padEnd(width));
  const lines = rows.map((row) =>
    placed.map(({ column, width }) => dressed(row[column].padEnd(width), column)),
  );
  return [headings, ...lines].map((cells) => cells.join('  ').trimEnd()).join('\n');
}
