/** The smallest zip there is: the record that ends its empty directory. */
export const emptyZip = Buffer.from(`504b0506${'00'.repeat(18)}`, 'hex');
