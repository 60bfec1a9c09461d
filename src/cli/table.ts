/** Rows in aligned columns under their headings, two blanks apart. */
export function table<Column extends string>(
  columns: readonly Column[],
  rows: readonly Readonly<Record<Column, string>>[],
): string {
  const width = (column: Column): number => Math.max(column.length, ...rows.map((row) => row[column].length));
  const line = (cell: (column: Column) => string): string =>
    columns
      .map((column) => cell(column).padEnd(width(column)))
      .join('  ')
      .trimEnd();
  return [line((column) => column.toUpperCase()), ...rows.map((row) => line((column) => row[column]))].join(
    '\n',
  );
}
