/** Rows in aligned columns under their headings, two blanks apart. */
export function table<Column extends string>(
  columns: readonly Column[],
  rows: readonly Readonly<Record<Column, string>>[],
): string {
  const widths = columns.map((column) =>
    rows.reduce((widest, row) => Math.max(widest, row[column].length), column.length),
  );
  const line = (cell: (column: Column) => string): string =>
    columns
      .map((column, at) => cell(column).padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd();
  return [line((column) => column.toUpperCase()), ...rows.map((row) => line((column) => row[column]))].join(
    '\n',
  );
}
